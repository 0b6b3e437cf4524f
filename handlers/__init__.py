"""One file a handler; the file name is the handler's name."""
