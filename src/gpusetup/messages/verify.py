"""Sentences of `verify`."""

from __future__ import annotations

SENTENCES: dict[str, str] = {}
