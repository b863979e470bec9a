"""Where a platform wants a file, without the user and password in it: those are kept as secrets (OCPP 1.6 §8)."""

from ...ocpp.security import CertificateUse
from ...secret import Secret
from ..effects import DropSecret, SaveSecret
from ..step import Step


def split(location: str) -> tuple[str, str]:
    """The location without `user:password@`, and that."""
    scheme, colon, rest = location.partition("://")
    end = min((place for mark in "/?#\\" if (place := rest.find(mark)) >= 0), default=len(rest))
    login, at, host = rest[:end].rpartition("@")
    return (f"{scheme}{colon}{host}{rest[end:]}", login) if at else (location, "")


def joined(location: str, login: str) -> str:
    """The opposite of `split`."""
    return location.replace("://", f"://{login}@", 1) if login else location


def secret_name(number: int) -> str:
    return f"transfer.{number}"


def take(step: Step, number: int, location: str) -> tuple[str, str]:
    """Keep the login of a transfer that begins: what is left may be saved and shown; and the login's name, or ""."""
    where, login = split(location)
    if not login:
        return location, ""
    step.do(SaveSecret(secret_name(number), Secret(login), step.now))
    return where, secret_name(number)


def roots(step: Step) -> tuple[str, ...]:
    """Certificates that this platform installed for its own servers."""
    use = CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE
    return tuple(root.pem for root in step.durable.certificates.of(use))


def forget(step: Step, login: str) -> None:
    """The transfer is over."""
    if login:
        step.do(DropSecret(login))
