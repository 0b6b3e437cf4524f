"""Parts of `archive`: reads and writes zip and tar archives."""
