"""A certificate authority for tests: roots, servers and charge points of one's own, good and bad."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def subject(common_name: str, organisation: str = "Volt BV") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def pem(*certificates: x509.Certificate) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


class Authority:
    """Signs for others; `now` is when its certificates are valid."""

    def __init__(
        self, name: str = "Volt root", now: datetime | None = None, *, parent: "Authority | None" = None
    ) -> None:
        self.now = now or datetime.now(UTC)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = subject(name)
        signer = parent or self
        self.certificate = (
            self._builder(self.name, self.key.public_key(), issuer=signer.name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(signer.key, hashes.SHA256())
        )
        self.pem = pem(self.certificate)

    def _builder(
        self, name: x509.Name, key: Any, *, issuer: x509.Name | None = None, days: tuple[float, float] = (-1, 365)
    ) -> x509.CertificateBuilder:
        begin, end = (self.now + DAY * count for count in days)
        serial_number = x509.random_serial_number()
        return x509.CertificateBuilder(issuer or self.name, name, key, serial_number, begin, end)

    def sign(
        self,
        key: Any,
        common_name: str,
        *,
        organisation: str = "Volt BV",
        days: tuple[float, float] = (-1, 365),
        names: tuple[str, ...] = (),
        digest: hashes.HashAlgorithm | None = None,
    ) -> x509.Certificate:
        """Certify a public key; `names` become subject alternative names, as platforms have them."""
        builder = self._builder(subject(common_name, organisation), key, days=days)
        if names:
            alternatives = [x509.IPAddress(ip_address(one)) if one[0].isdigit() else x509.DNSName(one) for one in names]
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        return builder.sign(self.key, digest or hashes.SHA256())

    def certify(self, csr: str, **changes: Any) -> str:
        """As a platform's authority does with SignCertificate: the chain, leaf only."""
        request = x509.load_pem_x509_csr(csr.encode())
        (common_name,) = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        (organisation,) = request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        given = {"organisation": str(organisation.value), **changes}
        name = given.pop("common_name", str(common_name.value))
        return pem(self.sign(given.pop("key", request.public_key()), name, **given))

    def server(self, folder: Any, common_name: str = "localhost", **changes: Any) -> ssl.SSLContext:
        """The TLS of a platform with a certificate of this authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        return context(folder, key, self.sign(key.public_key(), common_name, **changes))


def context(folder: Any, key: Any, *chain: x509.Certificate) -> ssl.SSLContext:
    path = folder / f"{x509.random_serial_number():x}.pem"
    path.write_bytes(pem(*chain).encode() + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(path)
    return made


def private_pem(key: Any) -> str:
    text: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())
    return text.decode()
