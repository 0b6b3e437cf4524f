"""Find out what a file is made of: PyInstaller's analysis as a typed graph, standard library, policy, data files."""
