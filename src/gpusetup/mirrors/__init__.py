"""Which mirrors there are, what they proved to have, and what shall therefore be used. Pure."""
