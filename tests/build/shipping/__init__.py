"""What is shipped: images, zip files, lists of components, the same bytes each time."""
