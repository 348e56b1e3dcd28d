"""A scripted meshctl: it does to two API servers what Solo's is documented to do, and no more.

It is not meshctl. It knows the commands that the program and the workshop call, is strict about
their flags, and installs the stand-in charts instead of Solo's. Every call but ``version`` is
appended to the file that ``LOCALCLOUD_MESHCTL_CALLS`` names, as a line of JSON with its arguments.
``LOCALCLOUD_MESHCTL_VERSION`` is the version that it claims to be.
"""
