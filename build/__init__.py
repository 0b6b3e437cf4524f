"""From handlers to one static file: the steps of the build, one module each. Never part of that file."""
