"""What a pull request would do to running meshes, as one comment for those who decide on it."""
