"""Scripts for the target Python: standard library and torch only, Python 3.6 syntax."""
