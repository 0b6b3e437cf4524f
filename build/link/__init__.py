"""Link the file, static or portable: inputs, tables, linker script."""
