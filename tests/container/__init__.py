"""Tests: container."""
