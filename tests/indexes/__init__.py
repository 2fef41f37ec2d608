"""Tests of the reading of package indexes."""
