"""Tests of the simulated operator."""
