"""The command line: parser, options, commands. Run with any Python from 3.9 on."""
