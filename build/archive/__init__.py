"""Turn sources into the archive that is linked into the file: byte code, compression, writer."""
