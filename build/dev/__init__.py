"""The commands of everyday work: run, watch, new, test, soak, conform."""
