"""The commands, a module each: ``FLAGS`` beside the global ones, and ``run``."""
