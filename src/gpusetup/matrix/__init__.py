"""The compatibility matrix as values."""
