"""What all of the build stands on: errors, programs, lines of progress, the cache, paths, configuration, ELF."""
