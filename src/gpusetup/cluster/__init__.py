"""A Slurm cluster as values: what it told, what is asked of it, and what its words mean. Pure."""
