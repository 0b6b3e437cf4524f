"""The ways in which `fault` fails, by kinds."""
