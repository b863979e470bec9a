"""A manufacturer who signs firmware: a root, a signing certificate under it, signatures."""

import hashlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
IMAGE = b"Laadboek firmware 2.0.0\n" + b"\x00\xff" * 500
USAGE = dict.fromkeys(
    (
        "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
        "encipher_only", "decipher_only",
    ),
    False,
)  # fmt: skip


def name(text):
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Maker"), x509.NameAttribute(NameOID.COMMON_NAME, text)]
    )


def new_key(kind):
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 1024 if kind == "rsa1024" else 2048)


class Manufacturer:
    """`kind`: "ec", "rsa", "rsa1024" of the signing key."""

    def __init__(self, kind="ec", *, root="Maker root", begins=-1, ends=365, usage=True):
        self.root_key, self.key = new_key("ec"), new_key(kind)
        self.root = self._certificate(name(root), name(root), self.root_key, -1, 3650, ca=True)
        self.signing = self._certificate(name("Signing"), name(root), self.key, begins, ends, signs=usage)

    def _certificate(self, subject, issuer, key, begins, ends, *, ca=False, signs=True):
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + timedelta(days=begins))
            .not_valid_after(NOW + timedelta(days=ends))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca and signs is not None:
            usage = x509.KeyUsage(digital_signature=signs, **USAGE)
            builder = builder.add_extension(usage, critical=True)
        return builder.sign(self.root_key, hashes.SHA256())

    @property
    def root_pem(self):
        return pem(self.root)

    @property
    def signing_pem(self):
        return pem(self.signing)

    def sign(self, image=IMAGE):
        """In base64."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            return b64encode(self.key.sign(image, pss, hashes.SHA256())).decode()
        return b64encode(self.key.sign(image, ec.ECDSA(hashes.SHA256()))).decode()


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def sha256(image=IMAGE):
    return hashlib.sha256(image).digest()
