"""Checks by subject (a later capability)."""
