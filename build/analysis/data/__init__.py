"""Choose the data files of packages and handlers, and complete those of time zones."""
