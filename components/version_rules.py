"""Which versions go together: the mesh, what installs it, what manages it. Pure; a line a mistake.

istioctl has no rule: its version is derived from the mesh's, and preflight refuses any other.
"""

from components import versions
from components.models import Settings
from components.rule import Rule


def _pair(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split(".")[:2])


def operator(settings: Settings) -> list[str]:
    """Refuse an operator that is older than the mesh version it would have to install."""
    found = settings.operator_version
    if found is None or not versions.is_known(settings.mesh_version):
        return []
    release = versions.release(settings.mesh_version)
    if _pair(found) >= _pair(release.oldest_operator):
        return []
    line = (
        f"operatorVersion: found {found!r}; allowed: {release.oldest_operator} or newer, because"
        f" older ones do not install meshVersion {settings.mesh_version}; fix: write"
        f" {release.operator!r}, or remove the key"
    )
    return [line]


def management(settings: Settings) -> list[str]:
    """Refuse a management plane that is older than the mesh version it would have to manage."""
    if settings.management is None or not versions.is_known(settings.mesh_version):
        return []
    found = settings.management.version
    oldest = versions.release(settings.mesh_version).oldest_platform
    if _pair(found) >= _pair(oldest):
        return []
    line = (
        f"management.version: found {found!r}; allowed: {oldest} or newer, because older ones do"
        f" not know meshVersion {settings.mesh_version}; fix: write {f'{oldest}.0'!r}, or a newer"
        " one"
    )
    return [line]


RULES: tuple[Rule, ...] = (
    Rule("AM801", operator, needs=("meshVersion",)),
    Rule("AM802", management, needs=("meshVersion", "management.version")),
)
