"""Service accounts, grants of a project's roles, and the APIs of a project.

Who may do what is not played: nothing here is refused for want of a role or an API.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from localcloud.plugins.gcp import names
from localcloud.plugins.gcp.errors import Refused, bad
from localcloud.plugins.gcp.kind import Kind, number
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import Failure, Properties
from localcloud.plugins.values import has_unknown

_ROLE = re.compile(
    r"roles/[a-zA-Z0-9_.]+|(?:projects|organizations)/[^/]+/roles/[a-zA-Z0-9_.]{3,64}"
)
_MEMBER = re.compile(
    r"(?:user|serviceAccount|group|domain|principal|principalSet|projectOwner|projectEditor"
    r"|projectViewer|iamMember|deleted:serviceAccount):.+"
)
_SERVICE = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:googleapis\.com|goog)")
_OURS = re.compile(r"(?P<id>[^@]+)@(?P<project>[^.]+)\.iam\.gserviceaccount\.com")


def refuse_unknown(store: Store, email: str) -> None:
    """Refuse a service account that does not exist; those that Google makes are believed.

    Raises:
        Refused: with the API's words.
    """
    ours = _OURS.fullmatch(email)
    if ours and names.played(ours["project"]):
        path = f"projects/{ours['project']}/serviceAccounts/{email}"
        if store.find(path) is None:
            raise bad(f"Service account {email} does not exist.")


class Account(Kind):
    """A service account."""

    token = "gcp:serviceaccount/account:Account"  # noqa: S105 a type
    noun = "service account"
    path = "projects/{project}/serviceAccounts/{email}"
    api = ""
    name = "accountId"
    longest = 30
    pattern = names.ACCOUNT_ID
    immutable = frozenset({"accountId", "project"})
    defaults: ClassVar[Mapping[str, Any]] = {"disabled": False}
    made = ("email", "member", "name", "uniqueId")

    def where(self, inputs: Mapping[str, Any], scope: names.Scope) -> dict[str, Any]:
        """Return what its path needs: its address is made of its id and its project."""
        place = super().where(inputs, scope)
        email = f"{place['name']}@{place['project']}.iam.gserviceaccount.com"
        return {**place, "email": email}

    def planned(self, where: Mapping[str, Any]) -> Properties:
        """Return what a preview knows: its address, if it knows its project."""
        known = super().planned(where)
        if not has_unknown(where):
            known |= {"email": where["email"], "member": f"serviceAccount:{where['email']}"}
        return known

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Give it a number."""
        del store, old
        email = record.name
        record.made = {"email": email, "member": f"serviceAccount:{email}", "name": record.path}
        record.made |= {"uniqueId": number(record.path)}


class IAMMember(Kind):
    """A role that somebody has in a project. Granting twice is no mistake, as with the API."""

    token = "gcp:projects/iAMMember:IAMMember"  # noqa: S105 a type
    noun = "grant"
    path = "projects/{project}/iam/{file}"
    id = "{grant}"
    api = ""
    autoname = False
    name = "role"
    pattern = _ROLE
    immutable = frozenset({"project", "role", "member", "condition"})
    made = ("etag",)
    shared = True

    def parts(self) -> set[str]:
        """Return what a place must say; the rest are inputs."""
        return {"project"}

    def where(self, inputs: Mapping[str, Any], scope: names.Scope) -> dict[str, Any]:
        """Return what its path needs; a condition makes another grant of the same role."""
        place, condition = super().where(inputs, scope), inputs.get("condition")
        more = [str(condition.get("title"))] if isinstance(condition, Mapping) else []
        parts = [place["project"], inputs.get("role"), inputs.get("member"), *more]
        grant = "/".join(str(part) for part in parts)
        return {**place, "grant": grant, "file": _file(grant)}

    def path_of(self, id: str) -> str:  # noqa: A002 the protocol's name
        """Return the path of the grant with an id."""
        return f"projects/{id.partition('/')[0]}/iam/{_file(id)}"

    def judge(self, inputs: Mapping[str, Any], scope: names.Scope) -> Iterator[Failure]:
        """Yield a member of no known kind."""
        yield from super().judge(inputs, scope)
        member = inputs.get("member")
        if isinstance(member, str) and not _MEMBER.fullmatch(member):
            reason = f'invalid value for member ("{member}"): IAM members must be like'
            reason += ' "user:x" or "serviceAccount:x"'
            yield Failure(property="member", reason=reason)

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Refuse a service account that does not exist."""
        del old
        kind, _, email = record.given["member"].partition(":")
        if kind == "serviceAccount":
            refuse_unknown(store, email)
        record.made = {"etag": number(record.path)}


def _file(grant: str) -> str:
    return grant.replace("/", "~")


class Service(Kind):
    """An API of a project. Enabling it twice is no mistake, and nothing needs it here."""

    token = "gcp:projects/service:Service"  # noqa: S105 a type
    noun = "service"
    path = "projects/{project}/services/{name}"
    id = "{project}/{name}"
    api = ""
    autoname = False
    name = "service"
    pattern = _SERVICE
    immutable = frozenset({"service", "project"})
    shared = True

    def stays(self, record: Record) -> bool:
        """Whether it stays enabled, as it does unless the program says otherwise."""
        return not record.given.get("disableOnDestroy")

    def leave(self, store: Store, record: Record) -> None:
        """Refuse to disable what clusters or networks of the project need."""
        for other in store.all():
            needed = other.token.split("/")[0].replace("gcp:", "") + ".googleapis.com"
            if other.project == record.project and needed == record.name:
                message = f"Could not disable service {record.name}: it is in use by {other.path}"
                raise Refused(400, message, "failedPrecondition")
