"""Find what code imports: by statements, without any, and in the standard library."""
