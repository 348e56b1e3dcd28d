"""A stack of a small program, with the stand-in plugins and a folder of its own."""

import sys
import textwrap
from pathlib import Path

from localcloud.paths import BIN
from localcloud.plugins.install import install
from localcloud.stack import SCRIPTED, Stack


def stack_of(program: str, base: Path) -> Stack:
    """Return an initialised stack of a program; its world and its cloud are below ``base`` too."""
    checkout, home = base / "program", base / "pulumi"
    checkout.mkdir()
    (checkout / "Pulumi.yaml").write_text("name: ambientmesh\nruntime: python\n")
    (checkout / "__main__.py").write_text(textwrap.dedent(program))
    install("standin", BIN / "pulumi", home)
    made = Stack(
        name="test",
        checkout=checkout,
        home=base / "stack",
        tools=BIN,
        pulumi_home=home,
        world=base / "world",
        gcp=base / "gcp",
        # The language host takes the python that comes first.
        environment={"PATH": f"{Path(sys.executable).parent}:{BIN}:{SCRIPTED}:/usr/bin:/bin"},
    )
    made.init()
    return made
