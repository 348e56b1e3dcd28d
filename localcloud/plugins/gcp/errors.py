"""What Google's APIs say when they refuse, as the real plugin passes it on."""

from localcloud.plugins.provider import ProviderError

ADOPTED = (
    "an interrupted run of this stack had made it, and it is taken up again; Google would refuse"
    " to make it twice (409), and there it comes into the stack by: pulumi import"
)


class Refused(ProviderError):  # noqa: N818 what the API does
    """The API refuses.

    Args:
        code: the HTTP status.
        message: the API's own sentence.
        reason: the API's word for it, ``badRequest``.
    """

    def __init__(self, code: int, message: str, reason: str) -> None:
        super().__init__(f"googleapi: Error {code}: {message}, {reason}")
        self.code = code


def bad(message: str) -> Refused:
    """Return the refusal of a request that cannot be."""
    return Refused(400, message, "badRequest")


def invalid(field: str, value: object, message: str) -> Refused:
    """Return Compute Engine's refusal of a field's value."""
    return Refused(
        400, f"Invalid value for field 'resource.{field}': '{value}'. {message}", "invalid"
    )


def not_found(id: str) -> Refused:  # noqa: A002 the protocol's name
    """Return the refusal of a reference to what is not there."""
    return Refused(404, f"The resource '{id}' was not found", "notFound")


def exists(id: str, way_out: str) -> Refused:  # noqa: A002 the protocol's name
    """Return the refusal of a name that is taken, with what to do about it."""
    return Refused(409, f"The resource '{id}' already exists", f"alreadyExists; {way_out}")


def in_use(what: str, id: str, user: str) -> Refused:  # noqa: A002 the protocol's name
    """Return the refusal to delete what others need."""
    message = f"The {what} resource '{id}' is already being used by '{user}'"
    return Refused(400, message, "resourceInUseByAnotherResource")
