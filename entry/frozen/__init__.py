"""The modules, data and shared objects that the file holds."""
