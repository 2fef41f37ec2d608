"""The chooser's rules by subject: what a build needs, what a machine has, what is preferred."""
