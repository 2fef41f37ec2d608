"""Sentences of `run`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {}
