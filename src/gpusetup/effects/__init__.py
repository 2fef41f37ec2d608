"""Doing: processes, whole files, copies, the journal and the log."""
