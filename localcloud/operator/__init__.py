"""The SIMULATED part of a local plane: Gloo operator, istiod's controllers, load balancers.

It does what those are documented to do with objects: phases, conditions, workloads, addresses and
finalizers. It carries no traffic and runs no proxy. A link is green only if address, network, trust
domain and root really match on both planes (``peering``).
"""
