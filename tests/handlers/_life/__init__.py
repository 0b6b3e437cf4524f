"""What the handler `life` does, by kinds."""
