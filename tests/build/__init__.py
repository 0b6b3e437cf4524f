"""The build, as its user sees it."""
