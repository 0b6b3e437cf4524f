"""Tests: catalogue, http."""
