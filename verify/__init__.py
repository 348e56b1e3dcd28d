"""Asks a running mesh whether every link is what the configuration says: ``make verify``."""
