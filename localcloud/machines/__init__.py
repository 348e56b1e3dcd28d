"""Machines on loopback: a real sshd each, a scripted container runtime and a simulated ztunnel.

What is real: sshd and its keys, the scripts that run, curl, SOCKS5, and the API server that is
asked whose token it is. What is not: there is no container, and nothing goes through a mesh.
"""
