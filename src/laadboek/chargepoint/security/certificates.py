"""Certificates of a link: install, list, delete roots; ask for an own one, take it, renew it in time
(security whitepaper, A02, A03, M03, M04, M05). How a certificate is judged: `pki.py`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from msgspec import Struct
from msgspec.structs import replace

from ...ocpp import messages as m
from ...ocpp.errors import OcppError
from ...ocpp.security import CertificateUse, SecurityEvent
from ...ocpp.types import Payload
from .. import configuration
from ..config import LinkConfig
from ..effects import MakeKeyPair, SaveSecret
from ..events import KeyPairMade
from ..state import FaceState
from ..step import Step, earliest
from . import credentials, pki, security_events
from .state import Certificates, OwnCertificate, Root, Signing

RENEW_BEFORE = timedelta(days=30)  # A03: one month
# An invalid root is an event of whose chain it would begin (case 078).
INVALID_ROOT = {
    CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE: SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE,
    CertificateUse.MANUFACTURER_ROOT_CERTIFICATE: SecurityEvent.INVALID_FIRMWARE_SIGNING_CERTIFICATE,
}
Install = m.InstallCertificateStatus
Delete = m.DeleteCertificateStatus


class AboutSigning(Struct, frozen=True):
    """SignCertificate for this key pair."""

    number: int


def roots(certificates: Certificates, use: CertificateUse) -> list[x509.Certificate]:
    """The installed roots of one use, oldest first."""
    return [pki.read(root.pem)[0] for root in certificates.of(use)]


# --- roots ------------------------------------------------------------------------------------------------------------


def take_over(step: Step) -> None:
    """Install the roots that the owner gave since the last time. What cannot be read is said, and left out."""
    for pem in step.config.roots:
        try:
            given = pki.read(pem)
        except pki.Bad as bad:
            step.notify("certificate.bad", why=bad.why)
            continue
        for root in given:
            _take_over(step, root)


def _take_over(step: Step, root: x509.Certificate) -> None:
    certificates, name = step.durable.certificates, pki.fingerprint(root)
    if name not in certificates.given:
        step.save(certificates=replace(certificates, given=(*certificates.given, name)))
        _add_root(step, CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE, root)


def _install(step: Step, request: m.InstallCertificateRequest) -> Payload:
    """M05"""
    status = _installed(step, request)
    if status is Install.ACCEPTED:
        info = f"installed {request.certificate_type}"
        security_events.record(step, SecurityEvent.RECONFIGURATION_OF_SECURITY_PARAMETERS, info)
    return m.InstallCertificateResponse(status=status)


def _installed(step: Step, request: m.InstallCertificateRequest) -> m.InstallCertificateStatus:
    use, certificates = request.certificate_type, step.durable.certificates
    try:
        root = pki.read(request.certificate)[0]
        pki.require_root(root, step.now)
        former = _replaced(step, use)
        if former and not any(pki.issued_by(root, one) for one in former):
            raise pki.Bad("not_signed_by_former")  # M05.FR.10
    except pki.Bad as bad:
        security_events.record(step, INVALID_ROOT[use], bad.why)
        return Install.REJECTED
    if any(root == one for one in roots(certificates, use)):
        return Install.ACCEPTED
    if len(certificates.roots) >= configuration.MAX_ROOTS:
        return Install.REJECTED  # M05.FR.03
    if former:
        _demote(step)
    _add_root(step, use, root)
    return Install.ACCEPTED


def _replaced(step: Step, use: CertificateUse) -> list[x509.Certificate]:
    """The root that a new one replaces, where one has to (AdditionalRootCertificateCheck)."""
    if not step.config.additional_root_check or use is not CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE:
        return []
    certificates = step.durable.certificates
    return roots(replace(certificates, roots=tuple(root for root in certificates.roots if not root.fallback)), use)


def _demote(step: Step) -> None:
    """The former root stays as a fallback until its successor has worked; a former fallback goes (M05.FR.11)."""
    certificates, use = step.durable.certificates, CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE
    kept = tuple(
        replace(root, fallback=True) if root.use is use else root for root in certificates.roots if not root.fallback
    )
    step.save(certificates=replace(certificates, roots=kept))


def _add_root(step: Step, use: CertificateUse, root: x509.Certificate) -> None:
    certificates = step.durable.certificates
    issuer = next((one for one in roots(certificates, use) if one != root and pki.issued_by(root, one)), None)
    own = pki.issued_by(root, root)
    entry = Root(
        use=use,
        pem=pki.write([root]),
        issuer="" if own or issuer is None else pki.write([issuer]),
    )
    others = tuple(one for one in certificates.roots if (one.use, one.pem) != (use, entry.pem))
    step.save(certificates=replace(certificates, roots=(*others, entry)))


def _name(root: Root, algorithm: m.HashAlgorithm) -> m.CertificateHashData:
    certificate = pki.read(root.pem)[0]
    return pki.hash_data(certificate, pki.read(root.issuer)[0] if root.issuer else certificate, algorithm)


def _list(step: Step, request: m.GetInstalledCertificateIdsRequest) -> Payload:
    """M03"""
    wanted = step.durable.certificates.of(request.certificate_type)
    if not wanted:
        return m.GetInstalledCertificateIdsResponse(status=m.GetInstalledCertificateStatus.NOT_FOUND)
    return m.GetInstalledCertificateIdsResponse(
        status=m.GetInstalledCertificateStatus.ACCEPTED,
        certificate_hash_data=tuple(_name(root, m.HashAlgorithm.SHA256) for root in wanted),
    )


def _delete(step: Step, request: m.DeleteCertificateRequest) -> Payload:
    """M04. The charge point certificate is not among those that can be named (M04.FR.05)."""
    certificates, wanted = step.durable.certificates, _folded(request.certificate_hash_data)
    algorithm = request.certificate_hash_data.hash_algorithm
    meant = next((root for root in certificates.roots if _folded(_name(root, algorithm)) == wanted), None)
    if meant is None:
        return m.DeleteCertificateResponse(status=Delete.NOT_FOUND)
    if _in_use(step, meant):
        return m.DeleteCertificateResponse(status=Delete.FAILED)
    step.save(certificates=replace(certificates, roots=tuple(root for root in certificates.roots if root != meant)))
    info = f"deleted {meant.use}"
    security_events.record(step, SecurityEvent.RECONFIGURATION_OF_SECURITY_PARAMETERS, info)
    return m.DeleteCertificateResponse(status=Delete.ACCEPTED)


def _folded(name: m.CertificateHashData) -> tuple[str, ...]:
    """Case does not count (§6.1)."""
    return name.issuer_name_hash.lower(), name.issuer_key_hash.lower(), name.serial_number.lower().lstrip("0")


def _in_use(step: Step, root: Root) -> bool:
    """This very connection was verified by it (M04.FR.06); where that cannot be told, any of them may have been."""
    link = step.state.link
    if not link.tls or root.use is not CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE:
        return False
    return not link.root or link.root == pki.fingerprint(pki.read(root.pem)[0])


# --- the charge point's own -------------------------------------------------------------------------------------------


def can_ask(step: Step) -> bool:
    """CpoName and a serial number go into the request (A02, prerequisite; A00.FR.429)."""
    return bool(configuration.text(step.state, "CpoName", step.config) and step.config.nameplate.serial_number)


def ask(step: Step) -> None:
    """A new key pair, made and kept where the connections are made; its request follows."""
    number = step.durable.credentials.last_number + 1
    step.save(credentials=replace(step.durable.credentials, last_number=number))
    serial_number = step.config.nameplate.serial_number
    assert serial_number is not None, "asked without a serial number"
    step.do(MakeKeyPair(number, configuration.text(step.state, "CpoName", step.config), serial_number))


def key_pair_made(step: Step, event: KeyPairMade) -> None:
    """A newer pair takes the place of one that still waits (A02.FR.02, A02.FR.03)."""
    step.do(SaveSecret(credentials.pair_name(event.number), event.private_key, step.now))
    signing = Signing(number=event.number, csr=event.csr)
    credentials.keep(step, step.durable.credentials, replace(step.durable.certificates, signing=signing))
    tell(step)


def tell(step: Step) -> None:
    """SignCertificate, until the platform has accepted it. Its CA is never asked again by ourselves (A02, remarks)."""
    signing = step.durable.certificates.signing
    if signing is not None and not signing.told and step.online:
        step.call(m.SignCertificateRequest(csr=signing.csr), AboutSigning(signing.number))


def _answered(step: Step, about: AboutSigning, response: m.SignCertificateResponse) -> None:
    signing = step.durable.certificates.signing
    if signing is None or signing.number != about.number:
        return
    if response.status is m.GenericStatus.ACCEPTED:
        step.save(certificates=replace(step.durable.certificates, signing=replace(signing, told=True)))
    else:
        _not_signed(step)


def _failed(step: Step, about: AboutSigning, error: OcppError | None) -> None:
    """A lost socket: told again on the next."""
    signing = step.durable.certificates.signing
    if error is not None and signing is not None and signing.number == about.number:
        _not_signed(step)


def _not_signed(step: Step) -> None:
    credentials.keep(step, step.durable.credentials, replace(step.durable.certificates, signing=None))
    step.notify("certificate.not_signed")


def _signed(step: Step, request: m.CertificateSignedRequest) -> Payload:
    """A02.FR.06, A02.FR.07"""
    try:
        own = _judged(step, request.certificate_chain)
    except pki.Bad as bad:
        security_events.record(step, SecurityEvent.INVALID_CHARGE_POINT_CERTIFICATE, bad.why)
        return m.CertificateSignedResponse(status=m.CertificateSignedStatus.REJECTED)
    security_events.record(step, SecurityEvent.RECONFIGURATION_OF_SECURITY_PARAMETERS, "ChargePointCertificate")
    certificates = step.durable.certificates
    certificates = replace(certificates, own=(*certificates.own, own), signing=None)
    credentials.keep(step, step.durable.credentials, certificates)
    return m.CertificateSignedResponse(status=m.CertificateSignedStatus.ACCEPTED)


def _judged(step: Step, pem: str) -> OwnCertificate:
    """The chain for the key pair that waits. One whose time has yet to come is taken, and used from then on."""
    signing = step.durable.certificates.signing
    if signing is None:
        raise pki.Bad("not_asked_for")
    chain = pki.read(pem)
    leaf = chain[0]
    if pki.public_key(leaf) != pki.public_key(x509.load_pem_x509_csr(signing.csr.encode())):
        raise pki.Bad("other_key")
    at = max(step.now, leaf.not_valid_before_utc)
    pki.require_valid(leaf, at)
    pki.require_chain(chain, roots(step.durable.certificates, CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE), at)
    organisation = configuration.text(step.state, "CpoName", step.config)
    pki.require_owner(leaf, organisation, step.config.nameplate.serial_number or "")
    return OwnCertificate(
        number=signing.number,
        chain=pki.write(chain),
        valid_from=leaf.not_valid_before_utc,
        valid_until=leaf.not_valid_after_utc,
    )


def _use(step: Step, request: m.CertificateSignedRequest) -> None:
    """After its .conf: connect with it, if the profile says so (case 074)."""
    credentials.renew(step)


# --- in time ----------------------------------------------------------------------------------------------------------


def _renewal_at(state: FaceState) -> datetime | None:
    """A month before the newest one ends, once per certificate (A03.FR.02)."""
    certificates = state.durable.certificates
    newest = certificates.own[-1] if certificates.own else None
    if newest is None or certificates.signing is not None or certificates.renewal_asked == newest.number:
        return None
    return newest.valid_until - RENEW_BEFORE


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    waiting = state.durable.certificates.own[-1:]
    if not waiting:
        return None
    known = {login.certificate for login in credentials.logins(state.durable.credentials)}
    if state.durable.credentials.current.profile < 3:
        return _renewal_at(state)
    starts = [one.valid_from for one in waiting if one.number not in known]
    return earliest(_renewal_at(state), *starts)


def reach(step: Step) -> None:
    credentials.renew(step)
    renewal_at = _renewal_at(step.state)
    if renewal_at is None or renewal_at > step.now:
        return
    certificates = step.durable.certificates
    step.save(certificates=replace(certificates, renewal_asked=certificates.own[-1].number))
    if can_ask(step):
        ask(step)
    else:
        step.notify("certificate.no_renewal")


HANDLERS: Mapping[type[Payload], Callable[[Step, Any], Payload]] = {
    m.CertificateSignedRequest: _signed,
    m.DeleteCertificateRequest: _delete,
    m.GetInstalledCertificateIdsRequest: _list,
    m.InstallCertificateRequest: _install,
}
AFTERWARDS: Mapping[type[Payload], Callable[[Step, Any], None]] = {m.CertificateSignedRequest: _use}
ANSWERED: dict[type[Struct], Callable[[Step, Any, Any], None]] = {AboutSigning: _answered}
FAILED: dict[type[Struct], Callable[[Step, Any, OcppError | None], None]] = {AboutSigning: _failed}
