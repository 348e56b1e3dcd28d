"""A scripted istioctl: it does to an API server what Solo's is documented to do, and no more.

It is not istioctl. It knows the commands that the program and the workshop call, is strict about
their flags, and writes the objects of the version that it claims to be
(``LOCALCLOUD_ISTIOCTL_VERSION``). Every call but ``version`` is appended to the file that
``LOCALCLOUD_ISTIOCTL_CALLS`` names, as a line of JSON with its arguments.

A command is a module in ``localcloud.istioctl.commands`` with ``FLAGS`` and ``run``; the table in
``localcloud.istioctl.main`` gives it its name.
"""
