"""A Pulumi program that only the policies look at."""
