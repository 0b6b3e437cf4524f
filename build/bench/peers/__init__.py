"""The peers of the bench that are not made by others: their sources, and how they are installed or compiled."""
