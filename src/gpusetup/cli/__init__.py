"""One file per command: probe, ask, decide, show, run, exit code."""
