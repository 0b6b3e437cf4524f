"""The link, static or portable: its inputs, tables, linker script, order of code."""
