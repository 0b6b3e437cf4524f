"""The snapshot of a process, for the portable link: all memory of an interpreter that has imported what runs need."""
