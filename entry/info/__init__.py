"""Answer questions about the file: what it does, what it is made of, what a container lacks."""
