"""Machine profiles: a text to a `Machine` and back."""
