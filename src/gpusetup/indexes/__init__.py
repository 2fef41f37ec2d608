"""Package indexes as they are today: file lists, and small members of remote wheels."""
