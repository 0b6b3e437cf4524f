"""The portable link: packages, sandboxes, other machines."""
