"""The commands of everyday work: run, new, test, soak, conform."""
