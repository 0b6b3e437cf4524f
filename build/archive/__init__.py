"""From sources to the archive that is linked into the file: byte code, its compression, the writer."""
