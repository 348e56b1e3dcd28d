"""``python -m verify``: exit code 0 if every link is green, 1 if one is not, 2 if asked wrongly."""

import argparse
import asyncio
import sys
from pathlib import Path

from components import config_errors, kubeconfig, kubeconfigs, remote_links, topology
from components.configured import Unasked, configured, outputs
from components.live import ClusterReader
from components.settings import ConfigurationError, Settings
from verify import checks, remotes, report, snapshot

FORMATS = {"text": report.text, "json": report.as_json, "junit": report.junit}


async def _results(settings: Settings, stack: str) -> list[checks.Result]:
    members = {member.name: member for member in topology.members(settings)}
    readers = {
        name: ClusterReader(found) for name, found in kubeconfigs.find(settings, stack).items()
    }
    taken = await asyncio.gather(
        *(
            snapshot.take(members[name], reader, settings.mesh.install)
            for name, reader in readers.items()
        )
    )
    snapshots = {found.member.name: found for found in taken}
    within = checks.check_all(
        topology.links(settings), snapshots, stack, remote_links.links(settings)
    )
    return within + remotes.check_all(
        settings, snapshots, stack, lambda: outputs(stack).get("links", {})
    )


def judge(settings: Settings, form: str, stack: str) -> int:
    """Print the state of every link of a stack and return the exit code."""
    try:
        results = asyncio.run(_results(settings, stack))
    except kubeconfig.KubeconfigError as error:
        sys.stderr.write(f"clusters: {error}\n")
        return 2
    except Unasked as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(FORMATS[form](results) + "\n")
    return 0 if all(result.green for result in results) else 1


def main() -> int:
    """Check the links of one stack and print what was found."""
    parser = argparse.ArgumentParser(prog="verify", description=main.__doc__)
    parser.add_argument("--stack", required=True, help="the stack whose mesh is asked")
    parser.add_argument("--config-file", type=Path, help="default: Pulumi.<stack>.yaml")
    parser.add_argument("--format", choices=FORMATS, default="text")
    arguments = parser.parse_args()
    try:
        settings = configured(arguments.stack, arguments.config_file)
    except ConfigurationError as error:
        sys.stderr.write(
            config_errors.report(arguments.stack, error.lines, where=error.where) + "\n"
        )
        return 2
    except Unasked as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return judge(settings, arguments.format, arguments.stack)


if __name__ == "__main__":
    sys.exit(main())
