"""The SIMULATED part of a local plane: Gloo operator, istiod's gateway controller, load balancers.

It does what those are documented to do with objects: phases, conditions, workloads, addresses and
finalizers. It carries no traffic and runs no proxy. ``docs/decisions/0004-simulated-operator.md``.
"""
