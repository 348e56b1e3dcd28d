"""Entry point of the Pulumi program: settings, program, exports."""

import gc

# The SDK's modules make half a million objects that stay: to look for garbage among them again
# and again takes a third of the start.
gc.disable()

import pulumi  # noqa: E402

from components import bootstrap, program, settings  # noqa: E402

gc.freeze()
gc.enable()
# What a program makes lives to its end: with the usual 700 a quarter of the time of 20 clusters
# goes into looking for garbage, and there is none (bench/scale.py). Waits leave some.
gc.set_threshold(100_000, 20, 100)

config, secrets = settings.load()
bootstrap.check_keys(config, secrets)
access = bootstrap.access(config)
remotes = bootstrap.remotes(config, access)
bootstrap.check_charts(config, secrets)
bootstrap.forget_interrupted_releases(config, access)
for key, value in program.build(config, access, secrets, remotes).items():
    pulumi.export(key, value)
