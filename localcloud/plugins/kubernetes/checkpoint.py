"""What the engine records of an object: the live object, with the inputs kept beside it."""

from typing import Any

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.provider import Properties
from localcloud.plugins.values import Secret, copy_secrecy, has_secret


def mark_secrets(outputs: Properties, inputs: Properties) -> Properties:
    """Return `outputs` with secret what is secret in `inputs`, and every Secret's data."""
    marked = copy_secrecy(outputs, inputs)
    if outputs.get("kind") == "Secret":
        for key in ("data", "stringData"):
            if key in marked and not isinstance(marked[key], Secret):
                marked[key] = Secret(outputs[key])
    return marked


def build(
    *, inputs: Object, live: Object, given: Properties, initial_api_version: str, manager: str
) -> Properties:
    """Return the outputs to record.

    Args:
        inputs: the object as the program wants it.
        live: the object as the server has it.
        given: property values whose secrecy decides.
        initial_api_version: the apiVersion the object was first made with.
        manager: the field manager.
    """
    outputs = mark_secrets(objects.to_properties(live), given)
    outputs |= _string_data(outputs, given)
    return outputs | {
        "__inputs": mark_secrets(objects.to_properties(inputs), given),
        "__initialApiVersion": initial_api_version,
        "__fieldManager": manager,
    }


def _string_data(outputs: Properties, given: Properties) -> dict[str, Any]:
    """Return `data` as secret when the server made it from a secret `stringData`."""
    data = outputs.get("data")
    if data is None or isinstance(data, Secret) or not has_secret(given.get("stringData")):
        return {}
    return {"data": Secret(data)}


def parse(state: Properties) -> tuple[Object, Object]:
    """Return the recorded inputs and the recorded live object, both plain."""
    live = objects.to_object(state)
    inputs = live.pop("__inputs", None) or {}
    live.pop("__initialApiVersion", None)
    live.pop("__fieldManager", None)
    return inputs, live


def initial_api_version(state: Properties, fallback: Object) -> str:
    """Return the recorded first apiVersion, else the one in `fallback`."""
    recorded = objects.unwrap(state.get("__initialApiVersion"))
    return str(recorded or objects.text(fallback, "apiVersion"))
