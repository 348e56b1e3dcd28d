"""The functions of the package that the plugin has."""

from typing import Final

from localcloud.plugins.gcp import names
from localcloud.plugins.gcp.errors import Refused, not_found
from localcloud.plugins.gcp.instances import Instance
from localcloud.plugins.gcp.store import Store
from localcloud.plugins.provider import Properties
from localcloud.plugins.values import reveal

GUEST_ATTRIBUTES: Final = "gcp:compute/getInstanceGuestAttributes:getInstanceGuestAttributes"


def guest_attributes(
    kind: Instance, store: Store, scope: names.Scope, args: Properties
) -> Properties:
    """Return what an instance says of itself, by a path that ends in a slash, or by one key.

    Raises:
        Refused: there is no such instance, or it says nothing of the kind.
    """
    plain = reveal(args)
    where = kind.where(plain, scope)
    record = store.find(kind.path.format(**where))
    if record is None:
        raise not_found(kind.path.format(**where))
    wanted = plain.get("queryPath") or plain.get("variableKey") or ""
    found = [
        one
        for one in kind.attributes(record)
        if f"{one['namespace']}/{one['key']}".startswith(wanted)
    ]
    if not found:
        message = f"The resource '{wanted}' of type 'Guest Attribute' was not found"
        raise Refused(404, message, "notFound")
    return {
        **args,
        "id": f"{record.path}/guestAttributes/{wanted}",
        "project": where["project"],
        "zone": where["zone"],
        "queryValues": found if plain.get("queryPath") else [],
        "variableValue": "" if plain.get("queryPath") else found[0]["value"],
    }
