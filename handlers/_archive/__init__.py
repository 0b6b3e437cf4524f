"""Parts of `archive`: types, reading and writing of zip and tar archives."""
