"""The snapshot of a static file's interpreter: its heap and the data of its libraries."""
