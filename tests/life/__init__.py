"""Threads, forks, the end of the interpreter, and programs that are this interpreter."""
