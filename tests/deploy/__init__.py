"""The manifests of deploy/, against schemas and judges."""
