"""Environments as values: what they hold, and what surrounds them."""
