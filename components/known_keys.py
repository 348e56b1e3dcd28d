"""Certificate authorities whose private keys anybody can download.

Of the public workshop that this mesh is built on, and of Istio's own repository. A mesh under one
of them trusts identities that anybody can mint.
"""

from typing import Final

_WORKSHOP: Final = (
    "3b264584233cb758bcbf88f8a6407a653a0f07970e293380337cac57319fdf55",  # root
    "0337512ed014f5029c154624c91bd762426a688af59f9563223f2b07f952350a",  # cluster1
    "78328ef7036f84ebf350517cc6b177c43f43511e5c9212a049a7e2df95f1aed2",  # cluster2
    "9e5de14867839f4809568d42cd49387e8ee0329168ad38d4a50e5a259b6f80be",  # server_tls
)

_ISTIO: Final = (
    "f0592d4d660052580d0c0bfe09f9a4d795ad8ab7c2fa86c33276fbb352145ee5",  # samples/certs/root-cert
    "42d0f6531c3afb84b72f12f458fa35dc74402771fed9b27ad48a665474dde501",  # …/root-cert-alt
    "42d8cfd1102e06e3f2579e68f9db4f787ec9cbcd1f19f1bae7934cee918c2fef",  # …/ca-cert
    "88e809261b157f0db238901c0033e6bfeba79793c20ab8af41963cdd41ce6600",  # …/ca-cert-alt
    "7c5f2208b98507d0d6f1fda0a6609e93fbb7fb434d39ed78b71e305e23d7a46d",  # …/ca-cert-alt-2
    "37d7e54d57c3cb33fd4342d8a8c649b73f66e2a19f2da1de98e83d22fccad015",  # pki/testdata/crl
    "b01876cde4c503ca5559a04d064b950aa041c85542edec38ba64ab99d9b80a39",  # pki/testdata/cert-chain
    "61f107b25c92688bb732fd97cd28a7c7308a3f26e8b7bfb640c34106f8d3d81d",  # testdata/certs/default
)

KNOWN: Final = {
    **dict.fromkeys(_WORKSHOP, "the workshop's"),
    **dict.fromkeys(_ISTIO, "that of Istio's samples"),
}
"""Whose a key is, by the SHA-256 of its public half (SubjectPublicKeyInfo in DER)."""
