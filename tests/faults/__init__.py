"""Faults, caused for real: signals, kills, full disks, limits, load, and the soak."""
