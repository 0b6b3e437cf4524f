"""The snapshot of a static file's interpreter: its heap, laid out by build/boot/snapshot/heap/heap.c, and data."""
