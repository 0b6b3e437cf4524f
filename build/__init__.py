"""Turn handlers into one static file: the steps of the build, a module each. Never part of that file."""
