"""The file in containers: an engine, images, limits, a pod with its sidecar."""
