"""The road under attack: killed at any moment, starved, misled; nothing lost."""
