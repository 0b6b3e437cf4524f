"""The base of the build: errors, processes, console, cache keys, paths, dates, configuration, ELF."""
