"""What a face knows of its credentials, certificates and security events (security whitepaper). Saved with its turns.

No secret is in here: an authorization key or private key is named by a number, and the runtime keeps what it is.
"""

from datetime import datetime

from msgspec import Struct

from ...ocpp.security import CertificateUse


class Login(Struct, frozen=True, omit_defaults=True):
    """What one connection proves itself with: a security profile, and which key or certificate."""

    profile: int = 0  # 0: none is configured; the link's URI and key are used as they are
    key: int = 0  # 0: the owner's; else the n-th that the platform set
    certificate: int = 0  # 0: none


class Credentials(Struct, frozen=True, omit_defaults=True):
    """`current` has worked. What was set since waits in `fresh`, newest first, and in `doubtful` once it did not work.

    Nothing is thrown away before something newer has worked, so that no crash and no misunderstanding locks us out.
    """

    current: Login = Login()
    fresh: tuple[Login, ...] = ()
    doubtful: tuple[Login, ...] = ()
    tls_worked: bool = False  # the key is never sent in clear text any more
    given_profile: int = 0  # what the owner had chosen
    last_number: int = 0  # of keys and of key pairs


class Root(Struct, frozen=True, omit_defaults=True):
    """An installed root certificate."""

    use: CertificateUse
    pem: str
    issuer: str = ""  # PEM; empty: itself
    fallback: bool = False  # replaced, kept until its successor has worked (M05.FR.11)


class Signing(Struct, frozen=True, omit_defaults=True):
    """A key pair that waits for its certificate. The private key is kept by the runtime under `number`."""

    number: int
    csr: str  # PEM
    told: bool = False  # the platform accepted SignCertificate


class OwnCertificate(Struct, frozen=True, omit_defaults=True):
    """A charge point certificate with its chain, leaf first."""

    number: int  # of its key pair
    chain: str  # PEM
    valid_from: datetime
    valid_until: datetime


class Certificates(Struct, frozen=True, omit_defaults=True):
    roots: tuple[Root, ...] = ()  # oldest first
    given: tuple[str, ...] = ()  # fingerprints of the owner's roots that were taken over
    own: tuple[OwnCertificate, ...] = ()  # newest last
    signing: Signing | None = None
    renewal_asked: int = 0  # the number of the certificate for whose renewal a key pair was made

    def of(self, use: CertificateUse) -> tuple[Root, ...]:
        return tuple(root for root in self.roots if root.use is use)


class QueuedEvent(Struct, frozen=True, omit_defaults=True):
    """A security event that the platform has not confirmed."""

    type: str
    at: datetime
    tech_info: str | None = None
    message_id: str = ""  # of an attempt that nobody answered: sent again under the same one
    refusals: int = 0


class SecurityEvents(Struct, frozen=True, omit_defaults=True):
    """Events on their way to the platform, oldest first; the security log has them all."""

    queue: tuple[QueuedEvent, ...] = ()
    set_aside: int = 0
    platform_speaks: bool = False  # it has used a message of the whitepaper
    not_understood: bool = False  # it does not know SecurityEventNotification
