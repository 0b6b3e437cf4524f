"""Modules by themselves, in the rooms of the tree."""
