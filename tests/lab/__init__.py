"""A laboratory on this machine: stub wheels and an index that serves them, well or badly."""
