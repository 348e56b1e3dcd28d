"""What every kind of resource has in common; a kind says what is its own."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from localcloud.plugins.gcp import judging, names
from localcloud.plugins.gcp.errors import in_use, not_found
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import Failure, Properties
from localcloud.plugins.values import UNKNOWN

NETWORK = "global/networks"
SUBNETWORK = "regions/{region}/subnetworks"
ROUTER = "regions/{region}/routers"
ADDRESS = "regions/{region}/addresses"
CLUSTER = "locations/{location}/clusters"
COMPUTE = "https://www.googleapis.com/compute/v1"


class Kind:
    """One type of resource. What replaces it, and what a plan refuses, is the real plugin's.

    Class attributes:
        token: of the type.
        noun: what the API calls it.
        path: where it is, from its project on; ``{region}`` and such are filled in.
        id: its id for Pulumi; empty: its whole path.
        api: the address before its path in a link to it; empty for what has no link.
        name: the input that names it.
        autoname: whether the plugin names it where the program does not.
        longest: characters of a name that the plugin makes.
        pattern: of its name.
        immutable: paths of inputs whose change makes a new resource.
        sticky: inputs that keep their value when the program no longer gives them.
        defaults: what inputs are when they are not given.
        references: paths of inputs that refer to another resource, without indices, and where that
            is.
        labels: the input with its labels, if it has any.
        made: outputs that a preview cannot know.
        link: what goes before the paths of references in outputs.
        shared: whether making it twice is no mistake.
        slow: whether ``start`` and ``stop`` do something.
    """

    token: ClassVar[str]
    noun: ClassVar[str]
    path: ClassVar[str]
    id: ClassVar[str] = ""
    api: ClassVar[str] = COMPUTE
    name: ClassVar[str] = "name"
    autoname: ClassVar[bool] = True
    longest: ClassVar[int] = 63
    pattern: ClassVar[re.Pattern[str]] = names.GCE_NAME
    immutable: ClassVar[frozenset[str]] = frozenset()
    sticky: ClassVar[frozenset[str]] = frozenset()
    defaults: ClassVar[Mapping[str, Any]] = {}
    references: ClassVar[Mapping[str, str]] = {}
    labels: ClassVar[str] = ""
    made: ClassVar[tuple[str, ...]] = ()
    link: ClassVar[str] = COMPUTE
    shared: ClassVar[bool] = False
    slow: ClassVar[bool] = False

    def where(self, inputs: Mapping[str, Any], scope: names.Scope) -> dict[str, Any]:
        """Return what fills in ``path`` and ``id``; a value may be unknown."""
        return {**scope.place(inputs), "name": inputs.get(self.name)}

    def path_of(self, id: str) -> str:  # noqa: A002 the protocol's name
        """Return the path of the resource with an id; of another text, one that leads nowhere."""
        if not self.id or id.startswith("projects/"):
            return names.relative(id)
        fields, values = re.findall(r"\{(\w+)\}", self.id), id.split("/")
        if len(fields) != len(values):
            return id
        return self.path.format(**dict(zip(fields, values, strict=True)))

    def parts(self) -> set[str]:
        """Return which of them its path needs."""
        return {"project", *re.findall(r"\{(\w+)\}", self.path)} - {"name"}

    def judge(self, inputs: Mapping[str, Any], scope: names.Scope) -> Iterator[Failure]:
        """Yield what a plan refuses, before anything exists; unknown values are believed."""
        where = self.where(inputs, scope)
        yield from judging.place({part: where[part] for part in self.parts() if part in where})
        name = inputs.get(self.name)
        if isinstance(name, str) and not self.pattern.fullmatch(name):
            reason = f'"{self.name}" ("{name}") doesn\'t match regexp "^{self.pattern.pattern}$"'
            yield Failure(property=self.name, reason=reason)
        if self.labels:
            yield from judging.labels(self.labels, inputs.get(self.labels))

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Refuse what the API would, or complete the record: ``made``, ``uses``, ``within``.

        Args:
            store: the cloud, which nobody else changes now.
            record: as it is to be.
            old: as it is; None where it is yet to be made.

        Raises:
            Refused: with the API's words.
        """

    def outputs(self, record: Record) -> Properties:
        """Return what the state holds of it besides its inputs."""
        link = {"selfLink": f"{self.api}/{record.path}"} if self.api else {}
        return link | {key: one for key, one in record.made.items() if not key.startswith("_")}

    def planned(self, where: Mapping[str, Any]) -> Properties:  # noqa: ARG002 overridden
        """Return what a preview knows of ``outputs`` of a resource at a place."""
        return dict.fromkeys(self.made, UNKNOWN)

    def unfilled(self, inputs: Properties) -> Properties:  # noqa: ARG002 overridden
        """Return inputs that outputs repeat with more in them, as a preview knows them."""
        return {}

    def replaces(self, path: str, before: Any, after: Any) -> bool:
        """Whether a change of the input at a path, without indices, makes a new resource."""
        del before, after
        parts = path.split(".")
        return any(".".join(parts[: end + 1]) in self.immutable for end in range(len(parts)))

    def start(self, record: Record) -> None:
        """Do what takes time, with nothing locked; the record is kept after it."""

    def stop(self, record: Record) -> None:
        """Undo ``start``."""

    def changed(self, record: Record) -> None:
        """Do what an update takes besides the record, with nothing locked."""

    def is_gone(self, record: Record) -> bool:  # noqa: ARG002 overridden
        """Whether what ``start`` did has been undone by somebody else."""
        return False

    def stays(self, record: Record) -> bool:  # noqa: ARG002 overridden
        """Whether deleting it from the stack leaves it where it is."""
        return False

    def leave(self, store: Store, record: Record) -> None:
        """Refuse to delete what is in use; what is within it goes with it.

        Raises:
            Refused: with the API's words.
        """
        for other in store.all():
            if record.path in other.uses and other.within != record.path:
                raise in_use(self.noun, record.path, other.path)
        for other in store.all():
            if other.within == record.path:
                store.drop(other.path)


def number(text: str) -> str:
    """Return the number of a resource: 19 digits that only its path decides."""
    return str(10**18 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:7]))


def network_at(store: Store, path: str) -> Record | None:
    """Return what is at a path. Every project has Google's network ``default``, in auto mode."""
    found = store.find(path)
    project = path.split("/")[1]
    if found is None and path == f"projects/{project}/{NETWORK}/default" and names.played(project):
        made = {"gatewayIpv4": "", "networkId": number(path), "numericId": number(path)}
        token = "gcp:compute/network:Network"  # noqa: S105 a type
        found = Record(token=token, path=path, given={"name": "default"}, made=made)
        found.place = {"project": project}
        store.keep(found)
    return found


def refer(kind: Kind, store: Store, record: Record, *fields: str) -> dict[str, Record]:
    """Resolve references and write them down as used.

    Raises:
        Refused: one is malformed, or leads nowhere.
    """
    found: dict[str, Record] = {}
    for field in fields:
        text = record.given.get(field)
        if not text:
            continue
        path = names.referred(kind.references[field], text, record.place, field)
        other = network_at(store, path)
        if other is None:
            raise not_found(path)
        found[field] = other
        if path not in record.uses:
            record.uses.append(path)
    return found
