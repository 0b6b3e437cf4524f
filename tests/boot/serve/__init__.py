"""Tests: boot, serve."""
