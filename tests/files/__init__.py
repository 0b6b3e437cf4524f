"""Data of packages and files beside handlers, found below /fn-bundle/."""
