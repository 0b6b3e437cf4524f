"""Tests: unit, entry."""
