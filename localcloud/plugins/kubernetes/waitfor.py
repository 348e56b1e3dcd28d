"""The `pulumi.com/waitFor` annotation: wait for conditions and JSONPath expressions.

One expression, or a JSON array of them, all of which must hold: `condition=Ready`,
`condition=Ready=False`, `jsonpath={.status.phase}`, `jsonpath={.status.phase}=Running`.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.waiting import GENERIC_TIMEOUT, Verdict
from localcloud.plugins.kubernetes.watch import Kind, View
from localcloud.plugins.provider import ProviderError

_BRACED = re.compile(r"\{\s*(.*?)\s*\}")


@dataclass(frozen=True)
class Condition:
    """A condition that must have a status."""

    type: str
    status: str = "True"

    def judge(self, obj: Object) -> tuple[bool, str]:
        """Return whether it holds and a line that says how things are."""
        if not objects.conditions(obj):
            return False, "Has no .status.conditions"
        found = next(
            (c for c in objects.conditions(obj) if _same(c.get("type"), self.type)),
            None,
        )
        if found is None:
            return False, f"Waiting for condition {self.type}={self.status}"
        wanted = objects.number(obj, "metadata", "generation")
        observed = found.get("observedGeneration", objects.get(obj, "status", "observedGeneration"))
        if isinstance(observed, int) and observed < wanted:
            return False, f"Generation {observed} is less than expected {wanted}"
        if _same(found.get("status"), self.status):
            return True, f"Found condition {self.type}={self.status}"
        why = ": ".join(str(found[key]) for key in ("reason", "message") if found.get(key))
        line = f"Resource has condition {self.type}={found.get('status')} (want {self.status})"
        return False, f"{line}: {why}" if why else line


@dataclass(frozen=True)
class Path:
    """A path that must lead to something, or to one value."""

    path: str
    value: str
    query: Any = field(compare=False, repr=False)

    def judge(self, obj: Object) -> tuple[bool, str]:
        """Return whether it holds and a line that says how things are."""
        observed = objects.get(obj, "status", "observedGeneration")
        if isinstance(observed, int) and observed < objects.number(obj, "metadata", "generation"):
            return False, f"Waiting for {self._wanted}"
        matches = [match.value for match in self.query.find(obj)]
        if not matches:
            return False, f"{self.path} selected nothing"
        if isinstance(matches[0], dict | list):
            if not self.value:
                return True, f"Found {self._wanted}"
            return False, f'"{self.path}" has a non-primitive value'
        text = _printed(matches[0])
        if self.value in ("", text):
            return True, f"Found {self._wanted}"
        return False, f'Waiting for {self._wanted} (found "{text}")'

    @property
    def _wanted(self) -> str:
        return f"{self.path}={self.value}" if self.value else self.path


def _same(first: Any, second: str) -> bool:
    return isinstance(first, str) and first.casefold() == second.casefold()


def _printed(value: Any) -> str:
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class WaitFor:
    """An awaiter for all expressions of one annotation."""

    expressions: Sequence[Condition | Path]
    related: Sequence[Kind] = ()
    timeout_message: str = GENERIC_TIMEOUT

    def judge(self, live: Object, view: View, before: Object | None) -> Verdict:  # noqa: ARG002
        """Judge the object alone."""
        judged = [expression.judge(live) for expression in self.expressions]
        open_ = [line for holds, line in judged if not holds]
        return Verdict(ready=not open_, message=(open_ or [judged[-1][1]])[0], reasons=open_)


def parse(annotation: str) -> WaitFor:
    """Return the awaiter for an annotation's text. Raises ProviderError when it is malformed."""
    try:
        given = json.loads(annotation)
    except ValueError:
        given = annotation
    is_array = isinstance(given, list) and all(isinstance(item, str) for item in given)
    texts = given if is_array else [annotation]
    if not texts:
        raise ProviderError("at least one condition must be specified")
    return WaitFor([_expression(text) for text in texts])


def _expression(text: str) -> Condition | Path:
    if text.startswith("jsonpath="):
        return _path(text.removeprefix("jsonpath="))
    if text.startswith("condition="):
        type_, _, status = text.removeprefix("condition=").partition("=")
        return Condition(type_, status or "True")
    raise ProviderError(f'expected a "jsonpath=" or "condition=" prefix, got "{text}"')


def _path(text: str) -> Path:
    # `==` belongs to a filter inside the path, a single `=` divides path and value.
    path, *rest = (part.replace("\0", "==") for part in text.replace("==", "\0").split("="))
    if len(rest) > 1:
        raise ProviderError(f'format should be {{.path}}=value or {{.path}}, got "{text}"')
    if rest and not rest[0]:
        raise ProviderError(f"{path}= requires a value")
    if path.startswith("'") and path.endswith("'"):
        raise ProviderError(f"{path} should omit shell quotes")
    braced = _BRACED.search(path)
    if braced is None:
        raise ProviderError(f"{path} should be wrapped in brackets {{ ... }}")
    return Path(path, rest[0] if rest else "", _compiled(path, braced.group(1)))


@cache
def _compiled(path: str, inner: str) -> Any:
    from jsonpath_ng.ext.parser import parse as compile_path  # noqa: PLC0415 - slow to import

    try:
        return compile_path(inner if inner.startswith("$") else f"${inner}")
    except Exception as error:  # noqa: BLE001 - the parser raises plain Exception
        raise ProviderError(f'parsing "{path}": {error}') from None
