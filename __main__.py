"""Entry point of the Pulumi program: settings, program, exports."""

import pulumi

from components import bootstrap, program, settings

config, license_key = settings.load()
bootstrap.check_license(config, license_key)
access = bootstrap.access(config)
for key, value in program.build(config, access, license_key).items():
    pulumi.export(key, value)
