"""Before and after the snapshot of the interpreter."""
