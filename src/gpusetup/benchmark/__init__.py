"""Figures of a benchmark: what was measured, what to expect, what held them back."""
