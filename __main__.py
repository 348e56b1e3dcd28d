"""Entry point of the Pulumi program: settings, program, exports."""

import pulumi

from components import bootstrap, program, settings

config, license_key = settings.load()
access = bootstrap.access(config)
bootstrap.check_license(config, license_key)
for key, value in program.build(config, access, license_key).items():
    pulumi.export(key, value)
