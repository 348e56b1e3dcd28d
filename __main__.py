"""Entry point of the Pulumi program: settings, program, exports."""

import gc

# The SDK's modules make half a million objects that stay: to look for garbage among them again
# and again takes a third of the start.
gc.disable()

import pulumi  # noqa: E402

from components import bootstrap, program, settings  # noqa: E402

gc.freeze()
gc.enable()
# What a program makes lives to its end. With Python 3.11's own threshold of 700 a quarter of a
# preview of 20 clusters was a search for garbage, without which it took no more memory; what
# hours of waiting leave is still collected.
gc.set_threshold(100_000, 20, 100)

config, secrets = settings.load()
bootstrap.check_keys(config, secrets)
access = bootstrap.access(config)
remotes = bootstrap.remotes(config, access)
bootstrap.check_charts(config, secrets)
bootstrap.forget_interrupted_releases(config, access)
for key, value in program.build(config, access, secrets, remotes).items():
    pulumi.export(key, value)
