"""Tests: unit, boot."""
