"""Whether firmware is the manufacturer's (security whitepaper, L01)."""

from base64 import b64decode, b64encode
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from laadboek.chargepoint.maintenance.signing import certificate_is_valid, signature_is_valid
from manufacturer import IMAGE, NOW, Manufacturer, sha256


@pytest.fixture(scope="module", params=["ec", "rsa"])
def maker(request):
    return Manufacturer(request.param)


def test_what_the_manufacturer_signed_is_valid(maker):
    """L01.FR.04, L01.FR.12: RSA-PSS and ECDSA with SHA-256."""
    assert certificate_is_valid(maker.signing_pem, [maker.root_pem], NOW)
    assert signature_is_valid(maker.signing_pem, sha256(), maker.sign())


def test_one_other_byte_is_another_file(maker):
    assert not signature_is_valid(maker.signing_pem, sha256(IMAGE + b"!"), maker.sign())
    assert not signature_is_valid(maker.signing_pem, sha256()[:-1], maker.sign())


def test_the_signature_of_somebody_else_is_none(maker):
    assert not signature_is_valid(maker.signing_pem, sha256(), Manufacturer().sign())


@pytest.mark.parametrize("broken", ["", "not base64!", "AAAA", "=", "ü"])
def test_a_broken_signature_is_no_crash(maker, broken):
    assert not signature_is_valid(maker.signing_pem, sha256(), broken)


def test_a_signature_may_be_broken_into_lines(maker):
    text = maker.sign()
    assert signature_is_valid(maker.signing_pem, sha256(), text[:20] + "\n" + text[20:] + "\n")


def test_pkcs1_v1_5_is_not_pss():
    maker = Manufacturer("rsa")
    old = b64encode(maker.key.sign(IMAGE, padding.PKCS1v15(), hashes.SHA256())).decode()
    assert b64decode(old) and not signature_is_valid(maker.signing_pem, sha256(), old)


def test_the_certificate_must_be_under_an_installed_root(maker):
    other = Manufacturer(root="Other root")
    assert not certificate_is_valid(maker.signing_pem, [], NOW)
    assert not certificate_is_valid(maker.signing_pem, [other.root_pem], NOW)
    assert certificate_is_valid(maker.signing_pem, [other.root_pem, maker.root_pem], NOW)


def test_a_root_that_only_has_the_name_is_none(maker):
    impostor = Manufacturer()
    assert impostor.root.subject == maker.root.subject
    assert not certificate_is_valid(maker.signing_pem, [impostor.root_pem], NOW)


@pytest.mark.parametrize(
    ("at", "valid"),
    [
        (NOW - timedelta(days=1, seconds=1), False),
        (NOW - timedelta(days=1), True),
        (NOW + timedelta(days=365), True),
        (NOW + timedelta(days=365, seconds=1), False),
    ],
)
def test_a_certificate_has_its_time(maker, at, valid):
    assert certificate_is_valid(maker.signing_pem, [maker.root_pem], at) is valid


def test_a_root_has_its_time():
    maker = Manufacturer(ends=9_999)
    assert not certificate_is_valid(maker.signing_pem, [maker.root_pem], NOW + timedelta(days=3_651))


def test_a_certificate_for_something_else_does_not_sign():
    """A00.FR.512"""
    maker = Manufacturer(usage=False)
    assert not certificate_is_valid(maker.signing_pem, [maker.root_pem], NOW)
    silent = Manufacturer(usage=None)
    assert certificate_is_valid(silent.signing_pem, [silent.root_pem], NOW)


def test_a_weak_key_does_not_sign():
    """A00.FR.502"""
    maker = Manufacturer("rsa1024")
    assert not certificate_is_valid(maker.signing_pem, [maker.root_pem], NOW)


@pytest.mark.parametrize(
    "text", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "ü", "x" * 5500]
)
def test_what_is_no_certificate_is_no_crash(maker, text):
    assert not certificate_is_valid(text, [maker.root_pem], NOW)
    assert not signature_is_valid(text, sha256(), maker.sign())
