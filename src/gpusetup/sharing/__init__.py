"""Who uses which GPU, and which are free."""
