"""Commands for authors: check, new, watch, conform."""
