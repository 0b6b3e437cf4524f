"""What calls a function in tests as its engine would: with that engine's traps."""
