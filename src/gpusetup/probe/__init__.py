"""Reading the world: one module per source, each yielding readings."""
