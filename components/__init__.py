"""The nouns of the mesh, each a ComponentResource."""
