"""Find out what is wrong with handlers without running them (`python3 build check`)."""
