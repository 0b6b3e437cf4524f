"""Tests: unit, build."""
