"""Remedies: plans that can be run, and steps for the user's own hands. Pure."""
