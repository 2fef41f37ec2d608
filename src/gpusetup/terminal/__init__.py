"""What the user sees and answers: the only room that prints."""
