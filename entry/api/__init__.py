"""The API of handlers: context, errors, registry, signature, variables."""
