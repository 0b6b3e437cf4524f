"""The snapshot of the interpreter: captured from the linked file, and embedded in it. A folder for each kind."""
