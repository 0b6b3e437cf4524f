"""Handlers of the tests' own: what the contract and fault cases run."""
