"""The road's effects: look up before, run with a journal, find again, take back."""
