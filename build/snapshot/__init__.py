"""The snapshot of the interpreter: captured from the linked file, and embedded in it."""
