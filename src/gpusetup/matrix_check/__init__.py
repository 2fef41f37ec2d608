"""What indexes and channels hold, held against the matrix; and where the two differ."""
