"""The snapshot of a static file's interpreter: its heap, laid out by build/boot/snapshot/capture/heap.c, and data."""
