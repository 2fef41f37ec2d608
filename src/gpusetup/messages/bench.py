"""Sentences of `bench`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {}
