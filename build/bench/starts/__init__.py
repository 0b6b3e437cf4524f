"""What a start costs: time, memory and size, ours and the peers'."""
