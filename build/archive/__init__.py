"""The modules of the file: bytecode, line tables, compression."""
