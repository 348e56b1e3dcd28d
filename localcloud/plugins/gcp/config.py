"""The provider's own settings."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from localcloud.plugins.gcp import names
from localcloud.plugins.gcp.judging import unplayed
from localcloud.plugins.provider import Failure, Properties
from localcloud.plugins.values import Unknown, reveal

KNOWN: Final = frozenset(
    {"project", "region", "zone", "defaultLabels", "addPulumiAttributionLabel"}
)
IGNORED: Final = frozenset(
    {"accessToken", "batching", "billingProject", "credentials", "disableGooglePartnerName"}
    | {"externalCredentials", "impersonateServiceAccount", "requestReason", "requestTimeout"}
    | {"impersonateServiceAccountDelegates", "pulumiAttributionLabelAdditionStrategy", "scopes"}
    | {"terraformAttributionLabelAdditionStrategy", "universeDomain", "userProjectOverride"}
    | {"deletionPolicy", "version", "pluginDownloadURL"}
)
"""Settings of the real plugin that mean nothing here; its addresses of APIs are not among them."""
ATTRIBUTION: Final = "goog-pulumi-provisioned"


def failures(settings: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield what is wrong with settings; unknown values are believed."""
    for name in settings:
        if name not in KNOWN | IGNORED and not name.startswith("__"):
            reason = f"{name} is no setting of the stand-in gcp plugin; it has {sorted(KNOWN)}"
            yield Failure(property=name, reason=reason)
    plain = reveal(settings)
    project = plain.get("project")
    if isinstance(project, str) and project and not names.played(project):
        yield Failure(property="project", reason=unplayed(project))
    for name, shape in (("region", names.REGION), ("zone", names.ZONE)):
        value = plain.get(name)
        if isinstance(value, str) and value and not shape.fullmatch(value):
            reason = f"{name} is {value!r}, which is no {name} of Google Cloud"
            yield Failure(property=name, reason=reason)


def scope(settings: Properties) -> names.Scope:
    """Return what resources need not say themselves."""
    plain = reveal(settings)
    return names.Scope(**{name: plain.get(name) or "" for name in ("project", "region", "zone")})


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What every resource with labels gets; whether Pulumi's own is among it."""

    chosen: Mapping[str, Any] = field(default_factory=dict)
    attributed: bool = True


def labels(settings: Properties) -> Labels:
    """Return the labels of every resource."""
    plain = reveal(settings)
    given = plain.get("defaultLabels") or "{}"
    chosen = {} if isinstance(given, Unknown) else json.loads(given)
    attributed = plain.get("addPulumiAttributionLabel") not in ("false", False)
    return Labels(chosen=chosen, attributed=attributed)
