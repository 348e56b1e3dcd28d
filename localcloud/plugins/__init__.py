"""Stand-in Pulumi provider plugins for machines where the real ones cannot be had.

`python -m localcloud.plugins NAME ENGINE` serves one plugin. A plugin is a module of this package
with a function `create(engine: Engine) -> Provider`; `server.py` is the one gRPC server they share.
"""
