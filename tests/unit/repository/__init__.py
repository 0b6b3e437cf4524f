"""Tests: unit, repository."""
