"""What one run promises, on every target: docs/contract.md, the settings, and `fn call` and `fn serve` beside it."""
