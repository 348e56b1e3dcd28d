"""Entry point of the Pulumi program: settings, program, exports."""

import pulumi

from components import bootstrap, program, settings

config, secrets = settings.load()
bootstrap.check_keys(config, secrets)
access = bootstrap.access(config)
remotes = bootstrap.remotes(config, access)
bootstrap.check_charts(config, secrets)
bootstrap.forget_interrupted_releases(config, access)
for key, value in program.build(config, access, secrets, remotes).items():
    pulumi.export(key, value)
