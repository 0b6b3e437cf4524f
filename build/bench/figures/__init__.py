"""How figures are shown: tables, bars and lines."""
