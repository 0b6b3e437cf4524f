"""Images of the file: labels, layers, what an engine loads."""
