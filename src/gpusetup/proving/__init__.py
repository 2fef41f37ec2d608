"""Scripts in the target's Python, and their supervisor: here and on other machines."""
