"""Takes a service away in one cluster, sees whether the others have it, and gives it back."""
