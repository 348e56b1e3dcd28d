"""What a drill is asked for on a command line, with one line for everything that is wrong."""

import math
from collections.abc import Iterable

from drill.facts import Target
from drill.plan import Asked


def target(
    service: str, namespace: str, cluster: str, *, known: Iterable[str], restore: bool
) -> Target:
    """Return what is to be taken away, and where; to give back, no service is needed.

    Raises:
        Asked: the service or the cluster is missing.
    """
    wanted = {
        "SERVICE": "" if service or restore else "a service that spans clusters",
        "CLUSTER": "" if cluster else " or ".join(known),
    }
    missing = {key: allowed for key, allowed in wanted.items() if allowed}
    if missing:
        raise Asked(
            f"{' and '.join(missing)}: found nothing; allowed: {', and '.join(missing.values())};"
            f" fix: write {' '.join(f'{key}=…' for key in missing)}"
        )
    return Target(service=service, namespace=namespace, cluster=cluster)


def hold(text: str) -> float:
    """Return the seconds to stay at zero.

    Raises:
        Asked: it is no number of seconds.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise Asked(f"HOLD: found {text!r}; allowed: seconds, 0 or more; fix: write HOLD=60")
    return seconds
