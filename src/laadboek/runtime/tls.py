"""TLS towards platforms (security whitepaper, §2.4, §2.5): what is spoken, who is trusted, what went wrong.

There is no way to skip a check. A link with roots of its own trusts these alone, else what the system trusts.
"""

import os
import ssl
import tempfile
from typing import Any
from weakref import WeakValueDictionary

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.x509.oid import NameOID
from msgspec import Struct

from ..secret import Secret

# A00.FR.318: both ECDHE-ECDSA-GCM suites; beside them the forward secret ones for RSA certificates. The whitepaper's
# TLS_RSA suites have no forward secrecy; its platforms must speak the others as well (A00.FR.317).
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"

DER = 2  # `_ssl.ENCODING_DER`

# What OpenSSL says (X509_V_ERR_…), in the words of `credentials.TLS_EVENTS`. Anything else: `certificate`.
VERIFY_CODES = {
    9: "expired",  # not yet valid
    10: "expired",
    2: "unknown_ca",
    18: "unknown_ca",
    19: "unknown_ca",
    20: "unknown_ca",
    21: "unknown_ca",
    62: "wrong_name",
    64: "wrong_name",
}
# Reasons of a handshake that broke off. An alert about a certificate is about ours: the platform did not like it.
REASONS = {
    "WRONG_VERSION_NUMBER": "none",  # bytes that are no TLS
    "UNSUPPORTED_PROTOCOL": "version",
    "WRONG_SSL_VERSION": "version",
    "TLSV1_ALERT_PROTOCOL_VERSION": "version",
    "UNSUPPORTED_SSL_VERSION": "version",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "cipher",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": "cipher",
    "NO_SHARED_CIPHER": "cipher",
    "WRONG_CIPHER_RETURNED": "cipher",
    "UNKNOWN_CIPHER_RETURNED": "cipher",
    "DH_KEY_TOO_SMALL": "cipher",
    "EE_KEY_TOO_SMALL": "certificate",
    "CA_KEY_TOO_SMALL": "certificate",
    "CA_MD_TOO_WEAK": "certificate",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "client_certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "client_certificate",
    "TLSV1_ALERT_ACCESS_DENIED": "client_certificate",
    "TLSV1_ALERT_DECRYPT_ERROR": "client_certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "client_certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "client_certificate",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "client_certificate",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "client_certificate",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": "client_certificate",
}


class Identity(Struct, frozen=True):
    """A charge point certificate: chain (PEM, leaf first) and private key (PEM)."""

    chain: str
    private_key: Secret


class Contexts:
    """Contexts by what they trust: links that trust alike share one, for it takes far more room than a connection."""

    def __init__(self) -> None:
        self._shared: WeakValueDictionary[tuple[str, ...], ssl.SSLContext] = WeakValueDictionary()

    def __call__(self, roots: tuple[str, ...], identity: Identity | None) -> ssl.SSLContext:
        """`roots`: PEM; none means those of the system. ssl.SSLError: a root or the identity cannot be used."""
        if identity is not None:
            context = make(roots)
            present(context, identity)
            return context
        shared = self._shared.get(roots)
        if shared is None:
            shared = self._shared[roots] = make(roots)
        return shared


def make(roots: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks certificate and name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION  # A00.FR.320
    if roots:
        # A root that an older one signed is trusted as it is (whitepaper §7.1, note).
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata="".join(roots))
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def present(context: ssl.SSLContext, identity: Identity) -> None:
    """Show this certificate when asked for one. The library reads files only: the key passes through one encrypted."""
    password = os.urandom(32).hex()
    key = serialization.load_pem_private_key(identity.private_key.reveal().encode(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode()),
    )
    with tempfile.NamedTemporaryFile(prefix="laadboek") as file:  # made with mode 0600
        file.write(identity.chain.encode() + encrypted)
        file.flush()
        context.load_cert_chain(file.name, password=password)


def detail(error: ssl.SSLError) -> str:
    """Why no TLS came about, in a word of `credentials.TLS_EVENTS`; empty if it says nothing that we know."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return VERIFY_CODES.get(error.verify_code, "certificate")
    return REASONS.get(error.reason or "", "")


def verified_root(connection: ssl.SSLObject) -> str:
    """SHA-256 of the certificate that this connection's platform was verified by; empty if that cannot be told."""
    inner: Any = connection
    if not hasattr(inner, "get_verified_chain"):  # public from Python 3.13 on
        inner = inner._sslobj
    chain = inner.get_verified_chain() or ()
    if not chain:
        return ""
    last = chain[-1]
    der = last if isinstance(last, bytes) else last.public_bytes(DER)
    digest = Hash(SHA256())
    digest.update(der)
    return digest.finalize().hex()


def make_key_pair(organisation: str, common_name: str) -> tuple[str, Secret]:
    """A new P-256 key pair: the request to certify it (PKCS #10, PEM; A02.FR.03), and its private key (PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256())
    private_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return request.public_bytes(serialization.Encoding.PEM).decode(), Secret(private_key.decode())
