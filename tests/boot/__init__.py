"""The supervisor in C alone, with a function in C in the interpreter's place."""
