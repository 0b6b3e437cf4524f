"""The handlers of this repository."""
