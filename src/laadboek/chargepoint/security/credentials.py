"""What a link proves itself with, and how that is changed without a lock-out (security whitepaper, A00, A01, A05).

A new key, a higher profile or a renewed certificate is a candidate. It is tried first; if it is refused, what worked
before is tried, then the candidate again. Only a word from the platform on a socket that was opened with it proves it
(an open socket alone does not: some platforms let everybody in and close). Then, and not before, what is older goes.
A candidate that is older than what proved itself again stays in reserve: the platform may still change its mind.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from ...ocpp.core import ConfigurationStatus
from ...ocpp.security import CertificateUse, SecurityEvent
from ...reasons import Reason
from ...secret import Secret
from ..effects import Dial, DropSecret, SaveSecret
from ..events import SocketOpened, SocketRefused
from ..state import Durable, LinkPhase
from ..step import Step
from . import pki, security_events
from .state import Certificates, Credentials, Login, OwnCertificate

CANDIDATES_MAX = 3
KEY_MIN_BYTES = 16  # A00.FR.205

# What a TLS handshake failed by, as the runtime tells it, and the event that this is.
TLS_EVENTS = {
    "unknown_ca": SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE,
    "wrong_name": SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE,
    "expired": SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE,
    "certificate": SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE,
    "version": SecurityEvent.INVALID_TLS_VERSION,
    "cipher": SecurityEvent.INVALID_TLS_CIPHER_SUITE,
    "client_certificate": SecurityEvent.FAILED_TO_AUTHENTICATE,
}
UNAUTHENTICATED = {401, 403}


class Choice(Struct, frozen=True):
    """One way to connect: a login, and whether a replaced root still counts (M05.FR.13)."""

    login: Login
    fallback: bool


def choices(durable: Durable) -> list[Choice]:
    """In the order in which they are tried."""
    credentials = durable.credentials
    logins = (*credentials.fresh, credentials.current, *credentials.doubtful)
    replaced = any(root.fallback for root in durable.certificates.roots)
    return [Choice(login, fallback) for login in logins for fallback in ((False, True) if replaced else (False,))]


def choice(step: Step) -> Choice:
    possible = choices(step.durable)
    return possible[step.state.link.choice % len(possible)]


def dial(step: Step) -> Dial:
    """How the next socket is opened."""
    chosen, certificates = choice(step), step.durable.certificates
    own = next((one for one in certificates.own if one.number == chosen.login.certificate), None)
    return Dial(
        profile=chosen.login.profile,
        key=chosen.login.key,
        certificate=0 if own is None else own.number,
        chain="" if own is None else own.chain,
        roots=tuple(
            root.pem
            for root in certificates.of(CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE)
            if chosen.fallback or not root.fallback
        ),
        tls_worked=step.durable.credentials.tls_worked,
    )


# --- what became of it ------------------------------------------------------------------------------------------------


def opened(step: Step, event: SocketOpened) -> bool:
    """True: something is at stake, so ask for a word at once rather than at the next heartbeat."""
    step.link(proven=False, tls=event.tls, root=event.root)
    return len(choices(step.durable)) > 1 and step.online


def proven(step: Step) -> None:
    """The platform spoke: this login works, and what is older than it is not needed any more."""
    chosen, before = choice(step), step.durable
    step.link(proven=True, choice=0, accused=frozenset())
    candidates = (*before.credentials.fresh, *before.credentials.doubtful)
    current = chosen.login == before.credentials.current
    newer = tuple(
        # A reserve from before a raise is one of the profile that is in force now: never lower (A00.FR.005).
        replace(
            one, profile=max(one.profile, chosen.login.profile), certificate=one.certificate or chosen.login.certificate
        )
        for one in (candidates if current else candidates[: candidates.index(chosen.login)])
    )
    after = replace(
        before.credentials,
        current=chosen.login,
        fresh=(),
        doubtful=newer,
        tls_worked=before.credentials.tls_worked or step.state.link.tls,
    )
    certificates = _without_fallback(before.certificates) if step.state.link.tls and not chosen.fallback else None
    if after != before.credentials or certificates not in (None, before.certificates):
        _settle(step, after, certificates or before.certificates)


def _without_fallback(certificates: Certificates) -> Certificates:
    """The successor has worked (M05.FR.12)."""
    return replace(certificates, roots=tuple(root for root in certificates.roots if not root.fallback))


def _settle(step: Step, credentials: Credentials, certificates: Certificates) -> None:
    """Keep what is still of use, drop the secrets of the rest."""
    before = step.durable.credentials
    if credentials.current.profile != before.current.profile:
        step.notify("security.profile_raised", profile=credentials.current.profile)
    elif before.fresh and credentials.current == before.current:
        security_events.record(step, SecurityEvent.RECONFIGURATION_OF_SECURITY_PARAMETERS, "fell back")
        step.notify("security.fell_back")
    keep(step, credentials, certificates)


def keep(step: Step, credentials: Credentials, certificates: Certificates) -> None:
    """Save both, with only those certificates and secrets that something still refers to."""
    before = secrets_of(step.durable.credentials, step.durable.certificates)
    used = {login.certificate for login in logins(credentials)}
    newest = certificates.own[-1:]
    own = tuple(one for one in certificates.own if one.number in used or one in newest)
    certificates = replace(certificates, own=own)
    step.save(credentials=credentials, certificates=certificates)
    for name in sorted(before - secrets_of(credentials, certificates)):
        step.do(DropSecret(name))


def logins(credentials: Credentials) -> tuple[Login, ...]:
    return (*credentials.fresh, credentials.current, *credentials.doubtful)


def secrets_of(credentials: Credentials, certificates: Certificates) -> set[str]:
    """Names of the secrets that these need; the owner's key is kept elsewhere."""
    keys = {key_name(login.key) for login in logins(credentials) if login.key}
    pairs = {pair_name(one.number) for one in certificates.own}
    return keys | pairs | ({pair_name(certificates.signing.number)} if certificates.signing is not None else set())


def key_name(number: int) -> str:
    return f"key.{number}"


def pair_name(number: int) -> str:
    return f"pair.{number}"


def refused(step: Step, event: SocketRefused) -> None:
    """No socket came about: note why, and try something else if that could be the reason."""
    why = TLS_EVENTS.get(event.detail) if event.code == "tls" else None
    if event.status in UNAUTHENTICATED:
        why = SecurityEvent.FAILED_TO_AUTHENTICATE
    if why is not None and why not in step.state.link.accused:  # once, not with each of a night's attempts
        step.link(accused=step.state.link.accused | {why.value})
        security_events.record(step, why, event.detail or f"HTTP {event.status}")
    _other(step, answered=event.status is not None or event.code == "tls")


def reason_of(event: SocketRefused) -> Reason:
    if event.status is not None:
        return Reason(f"link.refused_{event.status}")
    code = f"{event.code}_{event.detail}" if event.detail else event.code
    return Reason(f"link.{code}")


def closed(step: Step) -> None:
    """A socket went away. If the platform never said a word on it, it may have been its answer to the login."""
    if not step.state.link.proven:
        _other(step, answered=True)


def _other(step: Step, *, answered: bool) -> None:
    """A network that is away says nothing about a key; whether TLS is spoken at all, it may."""
    possible = choices(step.durable)
    ways = {(one.login.profile, one.login.certificate) for one in possible}
    if answered or len(ways) > 1:
        step.link(choice=(step.state.link.choice + 1) % len(possible))


# --- changes ----------------------------------------------------------------------------------------------------------


def change_key(step: Step, value: str) -> ConfigurationStatus:
    """A01: `value` is hexadecimal, the bytes are the password. The former key stays until this one has worked."""
    credentials = step.durable.credentials
    number = credentials.last_number + 1
    step.do(SaveSecret(key_name(number), Secret(value), step.now))
    security_events.record(step, SecurityEvent.RECONFIGURATION_OF_SECURITY_PARAMETERS, "AuthorizationKey")
    credentials = replace(credentials, last_number=number)
    if credentials.current.profile == 3:  # not used there: nothing to try
        keep(step, replace(credentials, current=replace(credentials.current, key=number)), step.durable.certificates)
    else:
        _add(step, credentials, replace(credentials.current, key=number))
    return ConfigurationStatus.ACCEPTED


def raise_profile(step: Step, value: str) -> ConfigurationStatus:
    """A05: only upwards, and only with everything that the new profile needs."""
    credentials, profile = step.durable.credentials, int(value)
    if profile <= credentials.current.profile or not _prepared(step, profile):
        return ConfigurationStatus.REJECTED
    own = newest(step)
    certificate = own.number if profile == 3 and own is not None else 0
    security_events.record(step, SecurityEvent.RECONFIGURATION_OF_SECURITY_PARAMETERS, f"SecurityProfile {profile}")
    _add(step, credentials, replace(credentials.current, profile=profile, certificate=certificate))
    return ConfigurationStatus.ACCEPTED


def _prepared(step: Step, profile: int) -> bool:
    """A05.FR.02, A05.FR.03, A05.FR.04"""
    has_key = step.durable.credentials.current.key > 0 or step.config.key_bytes >= KEY_MIN_BYTES
    if profile in (1, 2) and not has_key:
        return False
    ends = (
        pki.read(root.pem)[0].not_valid_after_utc
        for root in step.durable.certificates.of(CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE)
    )
    if profile in (2, 3) and not any(end > step.now for end in ends):
        return False
    return profile < 3 or newest(step) is not None


def newest(step: Step) -> OwnCertificate | None:
    """The valid charge point certificate that began last (A02.FR.09)."""
    valid = [one for one in step.durable.certificates.own if one.valid_from <= step.now < one.valid_until]
    return max(valid, key=lambda one: (one.valid_from, one.number), default=None)


def renew(step: Step) -> None:
    """Use the newest charge point certificate, if the one in use is older (A02.FR.08)."""
    credentials, own = step.durable.credentials, newest(step)
    known = {login.certificate for login in logins(credentials)}
    if credentials.current.profile == 3 and own is not None and own.number not in known:
        _add(step, credentials, replace(credentials.current, certificate=own.number))


def follow_owner(step: Step) -> None:
    """The owner chose a profile. Lowering is theirs alone (A00.FR.005), also back to a key in clear text."""
    credentials, chosen = step.durable.credentials, step.config.security_profile
    if chosen == credentials.given_profile:
        return
    own = newest(step)
    certificate = own.number if chosen == 3 and own is not None else 0
    login = replace(credentials.current, profile=chosen, certificate=certificate)
    tls_worked = credentials.tls_worked and chosen >= credentials.current.profile
    credentials = replace(credentials, current=login, given_profile=chosen, tls_worked=tls_worked)
    keep(step, replace(credentials, fresh=(), doubtful=()), step.durable.certificates)


def target_changed(step: Step) -> None:
    """The owner gave another key: it is tried first, as any candidate."""
    credentials = step.durable.credentials
    if credentials.current.key:
        _add(step, credentials, replace(credentials.current, key=0))
        step.reconnect = False  # that is the caller's


def _add(step: Step, credentials: Credentials, login: Login) -> None:
    """One more candidate, tried on the next socket: leave this one."""
    fresh = (login, *(one for one in credentials.fresh if one != login))[:CANDIDATES_MAX]
    doubtful = tuple(one for one in credentials.doubtful if one != login)[: CANDIDATES_MAX - len(fresh)]
    keep(step, replace(credentials, fresh=fresh, doubtful=doubtful), step.durable.certificates)
    step.link(choice=0)
    step.reconnect = step.state.link.phase is LinkPhase.OPEN


CHANGES: Mapping[str, Callable[[Step, str], ConfigurationStatus]] = {
    "AuthorizationKey": change_key,
    "SecurityProfile": raise_profile,
}
