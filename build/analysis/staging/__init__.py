"""Stage handlers: copy them, install what they need, ask them for their names, and choose what an analysis may see."""
