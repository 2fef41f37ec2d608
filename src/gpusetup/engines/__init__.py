"""How each installer says it: the steps for create, install, remove, list. Pure."""
