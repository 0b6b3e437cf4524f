"""What handlers reach: PyInstaller's analysis, what is left out of it, replaced, and needed beside it."""
