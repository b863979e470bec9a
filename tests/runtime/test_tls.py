"""TLS over real sockets (security whitepaper, §2.4, §2.5; cases 086, 087): who is trusted, how a refusal is told."""

import asyncio
import logging
import ssl
import threading
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import uvloop
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve
from wire import Heard, until

from authority import Authority, private_pem
from laadboek.runtime import tls
from laadboek.runtime.guard import Guard
from laadboek.runtime.picows_socket import OpenSockets, connect
from laadboek.runtime.socket import Refusal, Target
from laadboek.secret import Secret

SILENT = logging.getLogger("platform")
SILENT.setLevel(logging.CRITICAL)
LOOPBACK = Guard(["127.0.0.0/8", "::1/128"])


@pytest.fixture(scope="module")
def ours():
    return Authority()


def run(story):
    async def bounded():
        async with asyncio.timeout(30):
            await story()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as the product runs
        runner.run(bounded())


@contextmanager
def platform(context):
    """A platform in threads: unlike asyncio's, OpenSSL's own handshake says why it fails. Yields port and visitors."""
    met = []

    def answer(connection):
        met.append(connection.socket.getpeercert())
        connection.send("[]")
        with suppress(ConnectionClosed):
            connection.recv()

    with serve(answer, "127.0.0.1", 0, subprotocols=["ocpp1.6"], ssl=context, logger=SILENT) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.socket.getsockname()[1], met
        server.shutdown()
        thread.join()


def dial(context, *, roots=(), identity=None, host="localhost"):
    """Call a platform with this TLS; return what the caller heard."""
    heard = Heard()

    async def story():
        made = tls.Contexts()(roots, identity)
        target = Target(f"wss://{host}:{port}/", "CP-1", "CP-1", Secret(""), tls=made, certified=identity is not None)
        await connect(target, heard, OpenSockets(), LOOPBACK)
        if heard.socket is not None:
            await until(lambda: heard.texts)
            heard.connection = heard.socket.tls
            heard.socket.close()
            await until(lambda: heard.closes)

    with platform(context) as (port, met):
        run(story)
    heard.met = met
    return heard


def test_case_086_a00_fr_307_a_platform_of_the_links_own_root_is_trusted_and_the_root_is_named(ours, tmp_path):
    heard = dial(ours.server(tmp_path, names=("localhost",)), roots=(ours.pem,))
    assert heard.refusal is None and heard.tls
    assert heard.verified_by == ours.certificate.fingerprint(tls.SHA256()).hex()
    assert heard.connection.version() == "TLSv1.3"


def test_a00_fr_308_the_common_name_counts_where_there_is_no_alternative_name(ours, tmp_path):
    assert dial(ours.server(tmp_path, "localhost"), roots=(ours.pem,)).refusal is None


def test_what_the_system_trusts_is_trusted_by_a_link_without_roots(ours, tmp_path, monkeypatch):
    bundle = tmp_path / "system.pem"
    bundle.write_text(ours.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert dial(ours.server(tmp_path)).refusal is None


def test_a_root_that_another_signed_is_trusted_as_it_is(ours, tmp_path):
    younger = Authority("Volt root 2", parent=ours)
    assert dial(younger.server(tmp_path), roots=(younger.pem,)).refusal is None


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"common_name": "elsewhere.example"}, "wrong_name"),
        ({"names": ("elsewhere.example",)}, "wrong_name"),  # an alternative name hides the common one (RFC 2818)
        ({"days": (-30, -1)}, "expired"),
        ({"days": (1, 30)}, "expired"),
    ],
)
def test_case_086_a00_fr_310_a_bad_certificate_ends_the_call(ours, tmp_path, changes, detail):
    heard = dial(ours.server(tmp_path, **changes), roots=(ours.pem,))
    assert heard.refusal == Refusal("tls", detail=detail) and heard.met == []


def test_case_086_a00_fr_310_nor_is_a_root_trusted_that_is_not_the_links(ours, tmp_path, monkeypatch):
    heard = dial(Authority("Somebody else").server(tmp_path), roots=(ours.pem,))
    assert heard.refusal == Refusal("tls", detail="unknown_ca") and heard.met == []
    # A link with roots of its own does not fall back on the system's.
    bundle = tmp_path / "system.pem"
    other = Authority("Known to the system")
    bundle.write_text(other.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert dial(other.server(tmp_path), roots=(ours.pem,)).refusal == Refusal("tls", detail="unknown_ca")


@pytest.mark.parametrize("profile", [2, 3])
def test_case_086_a00_fr_315_a_platform_of_tls_1_1_only_is_refused(ours, tmp_path, profile):
    context = ours.server(tmp_path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    heard = dial(context, roots=(ours.pem,), identity=identity(ours) if profile == 3 else None)
    assert heard.refusal == Refusal("tls", detail="version") and heard.met == []


@pytest.mark.parametrize("profile", [2, 3])
@pytest.mark.parametrize("suite", ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"])
def test_case_086_a00_fr_318_both_suites_with_forward_secrecy_are_spoken(ours, tmp_path, suite, profile):
    context = ours.server(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite)
    heard = dial(context, roots=(ours.pem,), identity=identity(ours) if profile == 3 else None)
    assert heard.refusal is None and heard.connection.cipher()[0] == suite
    assert heard.connection.compression() is None  # A00.FR.320


@pytest.mark.parametrize("profile", [2, 3])
@pytest.mark.parametrize("suite", ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"])
def test_a00_fr_322_weaker_suites_are_not(ours, tmp_path, suite, profile):
    context = ours.server(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite)
    heard = dial(context, roots=(ours.pem,), identity=identity(ours) if profile == 3 else None)
    assert heard.refusal == Refusal("tls", detail="cipher") and heard.met == []


# --- profile 3 --------------------------------------------------------------------------------------------------------


def mutual(authority, folder, version):
    context = authority.server(folder)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.pem)
    context.maximum_version = version
    return context


def identity(authority, **changes):
    key = changes.pop("key", None) or ec.generate_private_key(ec.SECP256R1())
    certificate = authority.sign(key.public_key(), "LB-1", **changes)
    return tls.Identity(tls_chain(certificate), Secret(private_pem(key)))


def tls_chain(certificate):
    return certificate.public_bytes(tls.serialization.Encoding.PEM).decode()


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS)
def test_case_087_the_charge_point_certificate_is_shown(ours, tmp_path, version):
    heard = dial(mutual(ours, tmp_path, version), roots=(ours.pem,), identity=identity(ours))
    assert heard.refusal is None
    shown = heard.met[0]["subject"]
    assert (("commonName", "LB-1"),) in shown and (("organizationName", "Volt BV"),) in shown


def test_an_rsa_key_will_do_as_well(ours, tmp_path):
    key = rsa.generate_private_key(65537, 2048)
    shown = identity(ours, key=key)
    assert dial(mutual(ours, tmp_path, VERSIONS[1]), roots=(ours.pem,), identity=shown).refusal is None


@pytest.mark.parametrize("version", VERSIONS)
def test_a00_fr_407_a_charge_point_certificate_that_the_platform_does_not_like_is_told_apart(ours, tmp_path, version):
    strange = identity(Authority("Somebody else"))
    heard = dial(mutual(ours, tmp_path, version), roots=(ours.pem,), identity=strange)
    assert heard.refusal == Refusal("tls", detail="client_certificate") and heard.met == []
    late = identity(ours, days=(-30, -1))
    heard = dial(mutual(ours, tmp_path, version), roots=(ours.pem,), identity=late)
    assert heard.refusal == Refusal("tls", detail="client_certificate") and heard.met == []


def test_the_private_key_is_never_on_disk_in_clear_text(ours, tmp_path, monkeypatch):
    """OpenSSL reads it from a file: what is in that file is encrypted, and the file is gone afterwards."""
    seen = []
    load = ssl.SSLContext.load_cert_chain

    def spy(self, path, **kwargs):
        with open(path) as file:
            seen.append((path, file.read()))
        load(self, path, **kwargs)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", spy)
    tls.Contexts()((ours.pem,), identity(ours))
    ((path, text),) = seen
    assert "ENCRYPTED PRIVATE KEY" in text and "BEGIN PRIVATE KEY" not in text
    assert not Path(path).exists()


def test_links_that_trust_alike_share_a_context(ours):
    contexts = tls.Contexts()
    shared = contexts((ours.pem,), None)
    assert contexts((ours.pem,), None) is shared and contexts((), None) is not shared
    assert contexts((ours.pem,), identity(ours)) is not shared
