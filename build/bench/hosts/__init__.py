"""What a request costs the hosts that answer requests, ours and the peers'."""
