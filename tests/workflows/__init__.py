"""Tests of what CI is told: the files under ``.github``."""
