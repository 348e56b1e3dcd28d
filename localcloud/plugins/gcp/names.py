"""How Google names things, and how one resource refers to another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from localcloud.plugins.gcp.errors import bad
from localcloud.plugins.values import Unknown

GCE_NAME: Final = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1035, as Compute Engine takes it: at most 63 characters."""
CLUSTER_NAME: Final = re.compile(r"[a-z](?:[-a-z0-9]{0,38}[a-z0-9])?")
ACCOUNT_ID: Final = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
PROJECT: Final = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
LABEL_KEY: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")
LABEL_VALUE: Final = re.compile(r"[a-z0-9_-]{0,63}")
REGION: Final = re.compile(
    r"(?:africa|asia|australia|europe|me|northamerica|southamerica|us)"
    r"-(?:central|north|northeast|northwest|south|southeast|southwest|east|west)[1-9][0-9]?"
)
ZONE: Final = re.compile(REGION.pattern + r"-[a-f]")
PLAYED: Final = "localcloud"
"""The project that is played here, with all whose names begin with it and a hyphen."""
_LINK: Final = re.compile(r"https://[a-z.]+/(?:compute/)?v1(?:beta1)?/")


def played(project: str) -> bool:
    """Whether a project is one of this machine's."""
    return project == PLAYED or project.startswith(f"{PLAYED}-")


def region_of(zone: str) -> str:
    """Return the region of a zone; a region is its own."""
    return zone.rpartition("-")[0] if ZONE.fullmatch(zone) else zone


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a provider says for resources that do not say it themselves; each may be unknown."""

    project: Any = ""
    region: Any = ""
    zone: Any = ""

    def place(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return project, region, zone and location of a resource, "" where nobody says it."""
        zone = inputs.get("zone") or self.zone
        region = inputs.get("region") or self.region
        if not region and isinstance(zone, str):
            region = region_of(zone)
        return {
            "project": inputs.get("project") or self.project,
            "zone": zone,
            "region": region if isinstance(region, Unknown) else relative(region).split("/")[-1],
            "location": inputs.get("location") or self.zone or self.region,
        }


def relative(text: str) -> str:
    """Return a link without the address of its API."""
    return _LINK.sub("", text)


def referred(collection: str, text: str, place: Mapping[str, str], field: str) -> str:
    """Return the path of what a resource refers to by link, by path or by name.

    Args:
        collection: where it is when only its name is given, ``regions/{region}/subnetworks``.
        text: the reference.
        place: project and region of who refers to it.
        field: the input's name.

    Raises:
        Refused: it is none of the three.
    """
    path = relative(text)
    if "/" not in path:
        path = f"{collection.format(**place)}/{path}"
    if not path.startswith("projects/"):
        path = f"projects/{place['project']}/{path}"
    parts, wanted = path.split("/")[2:], collection.split("/")
    alike = len(parts) == len(wanted) + 1 and all(
        name == part or "{" in name for name, part in zip(wanted, parts, strict=False)
    )
    if not alike or not all(parts):
        raise bad(f'Malformed value for {field} field: "{text}"')
    return path
