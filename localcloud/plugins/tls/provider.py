"""The tls resources: what they are, when they are replaced, and when they want renewal."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.plugins.engine import Engine
from localcloud.plugins.provider import (
    Change,
    Check,
    Checked,
    Created,
    Diff,
    DiffKind,
    Live,
    Properties,
    PropertyDiff,
    Provider,
    ProviderError,
    Request,
    State,
)
from localcloud.plugins.tls import make, schema
from localcloud.plugins.values import UNKNOWN, Secret, copy_secrecy, reveal


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _is_certificate(fields: Mapping[str, schema.Field]) -> bool:
    return "validityPeriodHours" in fields


def ready_for_renewal(outputs: Mapping[str, Any], now: dt.datetime) -> bool:
    """Tell whether a recorded certificate has expired, or is in its early renewal period."""
    end = outputs.get("validityEndTime")
    if not isinstance(end, str):
        return False
    early = dt.timedelta(hours=int(outputs.get("earlyRenewalHours") or 0))
    return dt.datetime.fromisoformat(end) - early <= now


def _born_ready(plan: Mapping[str, Any]) -> bool:
    """Tell whether a certificate's early renewal period is its whole life."""
    validity, early = plan.get("validityPeriodHours"), plan.get("earlyRenewalHours")
    if not isinstance(validity, int) or not isinstance(early, int):
        return False
    return early >= validity


class TlsProvider(Provider):
    """Keys and certificates, kept in the stack's state and nowhere else.

    Args:
        engine: where warnings go.
        clock: the time now, with a time zone; replaced in tests of renewal.
    """

    package = "tls"
    version = "5.6.2"

    def __init__(self, engine: Engine, clock: Callable[[], dt.datetime] = _now) -> None:
        super().__init__(engine)
        self._clock = clock

    def _fields(self, request: Request) -> dict[str, schema.Field]:
        try:
            return schema.RESOURCES[request.type]
        except KeyError:
            raise ProviderError(f"{request.type} is not in the stand-in tls plugin") from None

    def check(self, request: Check) -> Checked:
        """Judge the inputs; defaults show only in the outputs, as behind the Terraform bridge."""
        fields = self._fields(request)
        given = {
            name: Secret(value)
            if name in fields and fields[name].secret and not isinstance(value, Secret)
            else value
            for name, value in request.new.items()
        }
        return Checked(inputs=given, failures=tuple(schema.failures(fields, given)))

    def diff(self, request: Change) -> Diff:
        """Compare recorded outputs with the inputs; a certificate due for renewal is replaced."""
        fields = self._fields(request)
        old, new = reveal(request.old), reveal(request.new)
        plan = schema.planned(fields, new, old)
        found: dict[str, PropertyDiff] = {}
        for name, field in fields.items():
            before, after = old.get(name), plan.get(name)
            if before == after or name in request.ignore_changes:
                continue
            word = "ADD" if before is None else "DELETE" if after is None else "UPDATE"
            kind = DiffKind[f"{word}_REPLACE" if field.replaces else word]
            found[name] = PropertyDiff(kind=kind)
        due = {**old, "earlyRenewalHours": plan.get("earlyRenewalHours")}
        if _is_certificate(fields) and ready_for_renewal(due, self._clock()):
            found["readyForRenewal"] = PropertyDiff(kind=DiffKind.UPDATE_REPLACE)
        return Diff(
            changes=bool(found),
            diffs=list(found),
            replaces=[name for name, one in found.items() if one.kind.name.endswith("_REPLACE")],
            detailed=found,
        )

    def create(self, request: State) -> Created:
        """Make the key, request or certificate; a preview knows only what mirrors inputs."""
        fields = self._fields(request)
        plan = schema.planned(fields, request.properties, {})
        if _is_certificate(fields):
            plan["readyForRenewal"] = _born_ready(reveal(plan))
        if request.preview:
            made: tuple[str, Properties] = (
                "",
                dict.fromkeys(schema.COMPUTED[request.type], UNKNOWN),
            )
        else:
            try:
                made = self._make(request, reveal(plan))
            except ValueError as error:
                raise ProviderError(str(error)) from error
        return Created(id=made[0], properties=self._sealed({**plan, **made[1]}, request.properties))

    def _make(self, request: State, plan: Properties) -> tuple[str, Properties]:
        now = self._clock()
        match request.type.rpartition(":")[2]:
            case "PrivateKey":
                return make.private_key(plan)
            case "CertRequest":
                return make.cert_request(plan)
            case "SelfSignedCert":
                return make.self_signed(plan, now)
        for warning in make.authority_warnings(plan):
            self.engine.warning(request.urn, warning)
        return make.locally_signed(plan, now)

    @staticmethod
    def _sealed(outputs: Properties, inputs: Properties) -> Properties:
        sealed = copy_secrecy(outputs, inputs)
        for name in schema.SECRET_OUTPUTS & sealed.keys():
            if not isinstance(sealed[name], Secret):
                sealed[name] = Secret(sealed[name])
        return sealed

    def read(self, request: State) -> Live:
        """Return the recorded state, with a certificate's renewal judged by the clock."""
        if not request.properties:
            raise ProviderError(f"{request.type} cannot be imported: it lives in the state only")
        found = dict(request.properties)
        if _is_certificate(self._fields(request)) and ready_for_renewal(found, self._clock()):
            found["readyForRenewal"] = True
        return Live(id=request.id, properties=found, inputs=request.inputs)

    def update(self, request: Change) -> Properties:
        """Record what may change in place: only ``earlyRenewalHours`` does."""
        fields = self._fields(request)
        plan = schema.planned(fields, request.new, request.old)
        if _is_certificate(fields):
            plan["readyForRenewal"] = _born_ready(reveal(plan))
        return self._sealed({**request.old, **plan}, request.new)

    def delete(self, request: State) -> None:
        """Forget it: nothing exists outside the state."""
