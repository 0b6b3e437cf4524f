"""What a file is made of: PyInstaller's analysis as a typed graph, the standard library, policy, data files."""
