"""The hosts against emulators of their engines, by the rules of their contracts."""
