"""The doctor: facts in, findings out. Checks by subject; pure, and without sentences."""
