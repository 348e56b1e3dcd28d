"""Rules of a network's firewall."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from localcloud.plugins.gcp import names, ranges
from localcloud.plugins.gcp.errors import bad, invalid
from localcloud.plugins.gcp.kind import NETWORK, Kind, refer
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import Failure, Properties


class Firewall(Kind):
    """A rule of a network's firewall."""

    token = "gcp:compute/firewall:Firewall"  # noqa: S105 a type
    noun = "firewall"
    path = "projects/{project}/global/firewalls/{name}"
    immutable = frozenset({"name", "project", "direction", "params"})
    sticky = frozenset({"direction", "destinationRanges", "enableLogging"})
    defaults: ClassVar[Mapping[str, Any]] = {"priority": 1000}
    references: ClassVar[Mapping[str, str]] = {"network": NETWORK}
    made = ("selfLink", "creationTimestamp")
    _VERBS: Final = {"allows": "allowed", "denies": "denied"}
    _PORTED: Final = ("tcp", "udp", "sctp")
    _PROTOCOLS: Final = (*_PORTED, "icmp", "esp", "ah", "ipip", "all")

    def judge(self, inputs: Mapping[str, Any], scope: names.Scope) -> Iterator[Failure]:
        """Yield a rule without a verb, or without a source."""
        yield from super().judge(inputs, scope)
        if not inputs.get("allows") and not inputs.get("denies"):
            reason = '"allow": one of `allow,deny` must be specified'
            yield Failure(property="allows", reason=reason)
        if inputs.get("allows") and inputs.get("denies"):
            yield Failure(property="denies", reason='"deny": conflicts with allow')
        sources = ("sourceRanges", "sourceTags", "sourceServiceAccounts")
        inward = inputs.get("direction", "INGRESS") == "INGRESS"
        if inward and not any(inputs.get(key) for key in sources):
            reason = "one of source_tags, source_ranges, or source_service_accounts must be defined"
            yield Failure(property="sourceRanges", reason=reason)
        priority = inputs.get("priority")
        if isinstance(priority, int) and not 0 <= priority <= 65535:  # noqa: PLR2004 the API's
            reason = f"expected priority to be in the range (0 - 65535), got {priority}"
            yield Failure(property="priority", reason=reason)

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Refuse ranges, protocols and ports that are none."""
        del old
        refer(self, store, record, "network")
        given = record.given
        for field in ("sourceRanges", "destinationRanges"):
            for text in given.get(field) or ():
                # Addresses of the other family are believed.
                if ":" not in text and ranges.parsed(text) is None:
                    raise invalid(f"{field}[0]", text, "Must be a valid CIDR address range.")
        if given.get("targetTags") and given.get("targetServiceAccounts"):
            raise bad("Target tags and target service accounts cannot be used in one rule.")
        for verb in self._VERBS:
            for index, one in enumerate(given.get(verb) or ()):
                self._refuse_rule(f"{self._VERBS[verb]}[{index}]", one)

    def _refuse_rule(self, field: str, rule: Properties) -> None:
        protocol, ports = str(rule["protocol"]).lower(), rule.get("ports") or ()
        if protocol not in self._PROTOCOLS and not protocol.isdecimal():
            raise invalid(f"{field}.IPProtocol", protocol, "Protocol is not known.")
        if ports and protocol not in self._PORTED and not protocol.isdecimal():
            raise invalid(f"{field}.ports", ports, f"{protocol} has no ports.")
        for text in ports:
            first, _, last = str(text).partition("-")
            bounds = [int(one) if one.isdecimal() else -1 for one in (first, last or first)]
            if not 0 <= bounds[0] <= bounds[1] <= 65535:  # noqa: PLR2004 the API's
                raise invalid(f"{field}.ports", text, "Must be a port or a range of ports.")
