"""What a file holds: imports, requirements, data of packages, what is left out."""
