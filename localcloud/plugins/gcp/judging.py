"""What a plan refuses of any resource: its place and its labels."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.plugins.gcp import names
from localcloud.plugins.provider import Failure
from localcloud.plugins.values import has_unknown


def place(found: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield parts of a place that nobody says, or that Google does not have."""
    for part, value in found.items():
        if has_unknown(value):
            continue
        if not value:
            yield Failure(property=part, reason=_NOBODY_SAYS.get(part, f"{part} is not set"))
        elif part == "project" and not names.played(value):
            yield Failure(property=part, reason=unplayed(value))
        elif part in _SHAPES and not _SHAPES[part].fullmatch(value):
            reason = f"{part} is {value!r}, which is no {part} of Google Cloud"
            yield Failure(property=part, reason=reason)


_NOBODY_SAYS = {
    "project": "project: required field is not set",
    "region": "Cannot determine region: set in this resource, or set provider-level 'region' or"
    " 'zone'.",
    "zone": "Cannot determine zone: set in this resource, or set provider-level zone.",
    "location": "Cannot determine location: set location in this resource, or set provider-level"
    " 'region' or 'zone'.",
}
_SHAPES = {
    "region": names.REGION,
    "zone": names.ZONE,
    "location": re.compile(f"{names.REGION.pattern}|{names.ZONE.pattern}"),
}


def unplayed(project: str) -> str:
    """Return why nothing is made in a project."""
    return (
        f"the stand-in gcp plugin makes nothing in project {project}: it plays {names.PLAYED} and"
        f" projects whose names begin with {names.PLAYED}-; use the real plugin for real projects"
    )


def labels(field: str, found: Any) -> Iterator[Failure]:
    """Yield labels that Google does not take."""
    for key, value in found.items() if isinstance(found, Mapping) else ():
        known = isinstance(value, str)
        if not names.LABEL_KEY.fullmatch(key) or (known and not names.LABEL_VALUE.fullmatch(value)):
            reason = (
                f"Invalid value for field '{field}': {key}={value if known else '...'}. Labels are"
                " small letters, digits, _ and -, at most 63, and a key begins with a letter."
            )
            yield Failure(property=f"{field}.{key}", reason=reason)
