"""What can go wrong between the plugin and an API server."""

from typing import Any, Final

from localcloud.plugins.provider import ProviderError

NOT_FOUND: Final = 404
CONFLICT: Final = 409
INVALID: Final = 422
FORBIDDEN: Final = 403


class ApiError(ProviderError):
    """The API server refused; the text is the message of its Status object.

    Args:
        code: the HTTP status.
        status: the Status object, or an empty dict when the body was something else.
    """

    def __init__(self, code: int, status: dict[str, Any], text: str = "") -> None:
        super().__init__(status.get("message") or text or f"the API server answered {code}")
        self.code = code
        self.reason = str(status.get("reason", ""))
        self.details: dict[str, Any] = status.get("details") or {}

    @property
    def not_found(self) -> bool:
        """Tell whether the object, its namespace or its kind does not exist."""
        return self.code == NOT_FOUND

    @property
    def exists(self) -> bool:
        """Tell whether a create met an object of the same name."""
        return self.code == CONFLICT and self.reason == "AlreadyExists"

    @property
    def conflict(self) -> bool:
        """Tell whether another field manager owns a field, or the version was stale."""
        return self.code == CONFLICT and self.reason == "Conflict"

    @property
    def forbidden(self) -> bool:
        """Tell whether RBAC or admission refused."""
        return self.code == FORBIDDEN

    @property
    def no_namespace(self) -> bool:
        """Tell whether what was not found is the namespace."""
        return self.not_found and self.details.get("kind") == "namespaces"

    @property
    def required_field(self) -> bool:
        """Tell whether the object would lack a required field."""
        return self.code == INVALID and "Required value" in str(self)

    def causes(self) -> list[str]:
        """Return the paths of the fields that the server complains about."""
        return [str(cause.get("field", "")) for cause in self.details.get("causes") or []]


class NoMatch(ProviderError):  # noqa: N818 - the Kubernetes term
    """The API server serves no such kind: a CRD is missing or not yet established."""

    def __init__(self, api_version: str, kind: str) -> None:
        super().__init__(f'no matches for kind "{kind}" in version "{api_version}"')


class Unreachable(ProviderError):  # noqa: N818 - a state
    """No answer: wrong address, wrong certificate, or the API server is down."""
