"""Sentences of `choose`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {}
