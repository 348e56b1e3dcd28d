"""``python -m drill``: exit code 0 green, 1 failover does not work, 2 asked wrongly."""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from components import config_errors, kubeconfig, kubeconfigs
from components.configured import Unasked, configured
from components.naming import BOOKINFO_NAMESPACE
from components.settings import ConfigurationError, Settings
from drill import asking, owners
from drill.clusters import Api, ClusterApi
from drill.plan import Asked
from drill.process import say, stopping
from drill.run import WRONG, Drill


def _clusters(settings: Settings, stack: str) -> dict[str, Api]:
    return {name: ClusterApi(found) for name, found in kubeconfigs.find(settings, stack).items()}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the user has asked for, as it was written."""

    stack: str
    service: str
    namespace: str
    cluster: str
    hold: str
    restore: bool
    bring_up: str
    """The command that brings the stack's mesh up."""


def perform(settings: Settings, wish: Wish, reach: Callable[[], None] | None = None) -> int:
    """Drill a service of a stack, or give back what a killed drill took; return the exit code.

    Args:
        settings: of the stack.
        wish: what is asked for.
        reach: makes sure, once that makes sense, that the clusters are there at all.
    """
    try:
        hold = asking.hold(wish.hold)
        target = asking.target(
            wish.service,
            wish.namespace,
            wish.cluster,
            known=settings.names,
            restore=wish.restore,
        )
        if reach:
            reach()
        clusters: Mapping[str, Api] = _clusters(settings, wish.stack)
        owners.check(clusters, target, wish.stack, wish.bring_up)
    except Asked as error:
        say(str(error))
        return WRONG
    except kubeconfig.KubeconfigError as error:
        sys.stderr.write(f"clusters: {error}\n")
        return WRONG
    except Unasked as error:
        sys.stderr.write(f"error: {error}\n")
        return WRONG
    drill = Drill(
        clusters=clusters,
        target=target,
        timeout=settings.timeouts.workload,
        hold=hold,
        say=say,
        stop=stopping(),
    )
    return drill.restore() if wish.restore else drill.run()


def main() -> int:
    """Scale a global service to zero in one cluster, watch the others, and restore it."""
    parser = argparse.ArgumentParser(prog="drill", description=main.__doc__)
    parser.add_argument("--stack", required=True, help="the stack whose mesh is drilled")
    parser.add_argument("--config-file", type=Path, help="default: Pulumi.<stack>.yaml")
    parser.add_argument("--service", default="")
    parser.add_argument("--cluster", default="", help="where it is scaled to zero")
    parser.add_argument("--namespace", default=BOOKINFO_NAMESPACE)
    parser.add_argument("--hold", default="0", help="seconds to stay at zero")
    parser.add_argument("--restore", action="store_true", help="only mend after a killed drill")
    asked = parser.parse_args()
    try:
        settings = configured(asked.stack, asked.config_file)
    except ConfigurationError as error:
        sys.stderr.write(config_errors.report(asked.stack, error.lines, where=error.where) + "\n")
        return WRONG
    except Unasked as error:
        sys.stderr.write(f"error: {error}\n")
        return WRONG
    wish = Wish(
        stack=asked.stack,
        service=asked.service,
        namespace=asked.namespace,
        cluster=asked.cluster,
        hold=asked.hold,
        restore=asked.restore,
        bring_up=f"pulumi up --stack {asked.stack}",
    )
    return perform(settings, wish)


if __name__ == "__main__":
    sys.exit(main())
