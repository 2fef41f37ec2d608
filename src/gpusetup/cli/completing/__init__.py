"""What a shell offers on Tab. Quick: without the framework, from a table made once per version.

A shell's script (`scripts.py`) asks `gpusetup __complete SHELL WORD...`; `answer.py` decides,
`table.py` knows the commands, `kinds.py` the values that change (environments, runs).
"""
