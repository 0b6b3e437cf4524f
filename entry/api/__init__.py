"""What handlers see: context, errors, registry, signature, variables."""
