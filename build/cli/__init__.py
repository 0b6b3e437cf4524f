"""The command line: its parser, its options, its commands. Runs with any Python from 3.9 on."""
