"""A token of Google's for this machine's user, by application default credentials; or none.

What the gcp provider itself takes is taken here, in its order: a token or a key in the environment,
a credentials file that the environment names, then the file that `gcloud auth application-default
login` writes. Kinds of credentials beyond users and service accounts are left alone.
"""

import base64
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform.read-only"
"""The narrowest that every question here is answered to."""
TOKENS: Final = "https://oauth2.googleapis.com/token"
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SECONDS: Final = 10
"""Until an answer; a preview goes on without it."""
LIFETIME: Final = 600
"""Seconds that an assertion is good for."""


class NoToken(Exception):  # noqa: N818 a state of this machine, told to the user as such
    """There is no credential, or it gives no token; the message says why, and holds none of it."""


def _well_known() -> Path:
    folder = os.environ.get("CLOUDSDK_CONFIG") or Path("~/.config/gcloud").expanduser()
    return Path(folder) / "application_default_credentials.json"


def _stored() -> dict[str, Any]:
    text = os.environ.get("GOOGLE_CREDENTIALS") or ""
    if not text.lstrip().startswith("{"):
        named = text or os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
        file = Path(named).expanduser() if named else _well_known()
        try:
            text = file.read_text(encoding="utf-8")
        except OSError:
            raise NoToken(
                "there is no credential on this machine (gcloud auth application-default login)"
            ) from None
    try:
        found = json.loads(text)
    except ValueError:
        raise NoToken("the credential on this machine is not JSON") from None
    return found if isinstance(found, dict) else {}


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def assertion(account: dict[str, Any], now: int) -> str:
    """Return what a service account proves itself with (RFC 7523).

    Args:
        account: its key file.
        now: seconds since the epoch.

    Raises:
        NoToken: the key cannot be read.
    """
    try:
        key = serialization.load_pem_private_key(str(account["private_key"]).encode(), None)
    except (KeyError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise NoToken("the key of the service account cannot be read")
    head = {"alg": "RS256", "typ": "JWT", "kid": account.get("private_key_id", "")}
    claims = {
        "iss": account.get("client_email", ""),
        "scope": SCOPE,
        "aud": account.get("token_uri") or TOKENS,
        "iat": now,
        "exp": now + LIFETIME,
    }
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_encoded(signature)}"


def token() -> str:
    """Return a token.

    Raises:
        NoToken: there is none to be had.
    """
    if given := os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN"):
        return given
    stored = _stored()
    kind = stored.get("type")
    if kind == "authorized_user":
        asked = {
            "grant_type": "refresh_token",
            **{key: stored.get(key, "") for key in ("client_id", "client_secret", "refresh_token")},
        }
    elif kind == "service_account":
        asked = {"grant_type": GRANT, "assertion": assertion(stored, int(time.time()))}
    else:
        raise NoToken(f"credentials of kind {str(kind)[:40]!r} are the provider's alone")
    address = str(stored.get("token_uri") or TOKENS)
    if not address.startswith(("https://", "http://127.0.0.1:")):
        raise NoToken("the credential names no https:// address for tokens")
    return _exchanged(address, asked)


def _exchanged(address: str, asked: dict[str, str]) -> str:
    data = urllib.parse.urlencode(asked).encode()
    try:
        with urllib.request.urlopen(address, data, timeout=SECONDS) as answer:  # noqa: S310 checked
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        error.close()
        # The answer's body may repeat what was sent.
        raise NoToken(f"Google gives no token for the credential (HTTP {error.code})") from None
    except (OSError, ValueError) as error:
        raise NoToken(f"Google cannot be asked for a token: {type(error).__name__}") from None
    if not isinstance(found, dict) or not found.get("access_token"):
        raise NoToken("Google's answer holds no token")
    return str(found["access_token"])
