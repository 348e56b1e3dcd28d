"""Local control planes to try the mesh on: real API servers, and a simulated world around them.

For demonstrations and tests only. The program never imports it.
"""
