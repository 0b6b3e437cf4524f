"""What `python3 build check` finds in handlers without running them."""
