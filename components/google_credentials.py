"""A token of Google's for this machine's user, by application default credentials; or none.

What the gcp provider itself takes is taken here, in its order: a token or a key in the environment,
a credentials file that the environment names, the file that `gcloud auth application-default login`
writes, then the machine's own account, if it is one of Google's. Google's library reads and
exchanges them. Credentials that start a program of their own are left to the provider.
"""

import importlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
"""The provider's own. GKE's API takes no other, and Compute Engine's not the read-only one."""
SECONDS: Final = 10
"""Until an answer; a preview goes on without it."""
MODEL: Final = Path("/sys/class/dmi/id/product_name")
"""Begins with "Google" on a machine of Compute Engine, as Google's libraries look for."""

_VARIABLES: Final = ("GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON")
"""Each a key, or the path of a file with one, as the provider has them."""
_AWS: Final = "urn:ietf:params:aws:token-type:aws4_request"
_REASON: Final = re.compile(r"[a-z_]{1,40}")
"""An error code of OAuth 2.0 (RFC 6749): the only part of a refusal that holds nothing secret."""


class NoToken(Exception):  # noqa: N818 a state of this machine, told to the user as such
    """There is no credential, or it gives no token; the message says why, and holds none of it."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """What a question to Google is asked with."""

    text: str = field(repr=False)
    quota_project: str = ""
    """The project that the credential says requests count for; mostly none."""
    personal: bool = False
    """Whether it is a person's, by gcloud: such a request counts for a project of Google's own
    unless it names another, and many APIs are disabled in that."""


def _well_known() -> Path:
    folder = os.environ.get("CLOUDSDK_CONFIG") or Path("~/.config/gcloud").expanduser()
    return Path(folder) / "application_default_credentials.json"


def _stored() -> dict[str, Any] | None:
    """Return the credential that is in the environment or in a file; None where there is none."""
    text = next((found for name in _VARIABLES if (found := os.environ.get(name))), "")
    if not text.lstrip().startswith("{"):
        named = text or os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
        try:
            file = Path(named).expanduser() if named else _well_known()
            text = file.read_text(encoding="utf-8")
        except (OSError, ValueError, RuntimeError) as error:
            if not named and isinstance(error, FileNotFoundError | RuntimeError):
                return None
            raise NoToken(
                f"the credential on this machine cannot be read ({type(error).__name__})"
            ) from None
    try:
        found = json.loads(text)
    except ValueError:
        raise NoToken("the credential on this machine is not JSON") from None
    return found if isinstance(found, dict) else {}


_KINDS: Final = {
    "authorized_user": ("google.oauth2.credentials", "from_authorized_user_info"),
    "service_account": ("google.oauth2.service_account", "from_service_account_info"),
    "impersonated_service_account": (
        "google.auth.impersonated_credentials",
        "from_impersonated_service_account_info",
    ),
    "external_account": ("google.auth.identity_pool", "from_info"),
    "external_account_authorized_user": (
        "google.auth.external_account_authorized_user",
        "from_info",
    ),
}
"""What ``type`` of a credential says, and who makes one of it: of a kind each, as Google advises.
External accounts are identities of another cloud or of a CI, GitHub's for example."""
_PERSONAL: Final = ("authorized_user", "external_account_authorized_user")
"""Their scopes were chosen at the login."""


def _machines() -> Any:
    """Return the account of this machine, if it is one of Google's."""
    try:
        ours = MODEL.read_text(encoding="utf-8").startswith("Google")
    except (OSError, ValueError):
        ours = False
    if os.environ.get("NO_GCE_CHECK") == "true" or not (ours or os.getenv("GCE_METADATA_HOST")):
        raise NoToken(
            "there is no credential on this machine (gcloud auth application-default login)"
        )
    return _made("google.auth.compute_engine")()


def _made(module: str) -> Any:
    """Return a class of Google's, which only who makes clusters pays the import of."""
    return importlib.import_module(module).Credentials


def _loaded(info: Mapping[str, Any]) -> Any:
    kind = str(info.get("type"))
    if kind not in _KINDS:
        raise NoToken(f"credentials of kind {kind[:40]!r} are the provider's alone")
    module, maker = _KINDS[kind]
    source = info.get("credential_source")
    if isinstance(source, Mapping) and "executable" in source:
        raise NoToken("credentials that start a program are the provider's alone")
    if info.get("subject_token_type") == _AWS:
        module = "google.auth.aws"
    scopes = {} if kind in _PERSONAL else {"scopes": SCOPES}
    try:
        return getattr(_made(module), maker)(info, **scopes)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoToken(f"the credential on this machine, {kind}, cannot be read") from None


def _acting(found: Any) -> Any:
    """Return a credential of whom the environment tells the provider to act as."""
    account = os.environ.get("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT")
    made = _made("google.auth.impersonated_credentials") if account else None
    return made(found, account, list(SCOPES)) if made else found


def token() -> Token:
    """Return a token.

    Raises:
        NoToken: there is none to be had.
    """
    if given := os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN"):
        return Token(text=given.strip())
    from google.auth import exceptions  # noqa: PLC0415 as for ``_made``
    from google.auth.transport import requests  # noqa: PLC0415 likewise

    stored = _stored()
    own = _machines() if stored is None else _loaded(stored)
    found = _acting(own)
    try:
        found.refresh(partial(requests.Request(), timeout=SECONDS))
    except exceptions.RefreshError as error:
        # The answer may repeat what was sent.
        answer = error.args[1] if len(error.args) > 1 else None
        code = str(answer.get("error")) if isinstance(answer, Mapping) else ""
        why = f" ({code})" if _REASON.fullmatch(code) else ""
        raise NoToken(f"Google gives no token for the credential{why}") from None
    except (exceptions.GoogleAuthError, ValueError, KeyError, TypeError) as error:
        raise NoToken(f"Google cannot be asked for a token: {type(error).__name__}") from None
    if not found.token:
        raise NoToken("Google's answer holds no token")
    return Token(
        text=str(found.token),
        quota_project=str(found.quota_project_id or ""),
        personal=(stored or {}).get("type") in _PERSONAL and found is own,
    )
