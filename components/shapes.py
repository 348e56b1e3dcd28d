"""What an editor can check of a text: JSON Schema of the domain types, beside their validators."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import WithJsonSchema

MEANING: Final = "$comment"
"""Keyword of JSON Schema that has a few words on what a value is: `docs/configuration.md` shows
them in place of the pattern."""

DURATION: Final[Mapping[str, Any]] = {
    "type": "string",
    "pattern": "^(?=.*[1-9])([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$",
    MEANING: "duration such as `90s`, `10m`, `1h30m`",
}

VERSION: Final = r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?"
NO_SUFFIX: Final = r"(?!.*-solo)"
"""Before a version of the mesh: the suffix is appended by others."""


def like(pattern: str | re.Pattern[str], limit: int, meaning: str) -> WithJsonSchema:
    """Return the schema of a text that matches as a whole.

    Args:
        pattern: a regular expression that Python and ECMAScript read alike.
        limit: most characters.
        meaning: a few words for the reference.
    """
    source = pattern if isinstance(pattern, str) else pattern.pattern
    return WithJsonSchema(
        {"type": "string", "pattern": f"^({source})$", "maxLength": limit, MEANING: meaning}
    )
