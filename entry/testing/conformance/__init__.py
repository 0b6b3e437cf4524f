"""What examines any function by the rules of its host, for `python3 build conform`."""
