"""Cases of the warm boot: falling back, freshness, and what a snapshot must not hold."""
