"""A key, a profile or a certificate is changed and Laadboek is killed at each step: it always comes back in
(security whitepaper, A01, A02, A05). Whatever the order in which the platform forgets the former one.

Host, faces, rows, sealing and the handshake's own bytes are real; time, disk and wire are the test's.
"""

from base64 import b64decode
from typing import ClassVar

import pytest
from msgspec.structs import replace
from test_turn import NINE, PIN_KEY, House, Line, answer

from authority import Authority
from laadboek.ocpp import messages as m
from laadboek.ocpp.rpc import Answer, Call, Rpc
from laadboek.ocpp.types import Side
from laadboek.runtime.cast import read_cast
from laadboek.runtime.host import Host
from laadboek.runtime.hosted import HostedCharger
from laadboek.runtime.keys import DataKeys
from laadboek.runtime.logins import Logins
from laadboek.runtime.picows_socket import handshake_headers
from laadboek.runtime.services import Neighbours, Rows, Services
from laadboek.runtime.socket import Refusal, Target
from laadboek.secret import Secret
from laadboek.simulation.world import HeapTimers
from laadboek.store import link_secrets, links, security_log

FIRST, NEW = "correct horse battery", "c0ffee" * 6 + "beef"
KEYS = DataKeys(bytes(range(32)))


class Killed(BaseException):
    """The process ends here."""


class Fuse:
    """Burns one step at each commit, socket, frame and goodbye; at the last one the process is killed."""

    def __init__(self):
        self.left = None

    def step(self):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Killed


class Gate(Line):
    """A platform that looks who comes. `admits` are proofs; `order` says when it forgets the former one."""

    def __init__(self, house):
        super().__init__()
        self.house, self.admits, self.newest, self.after = house, None, None, {}
        self.answers, self.number, self.shown = [], 0, None

    def __call__(self, link_id, socket_no, caller):
        self.house.fuse.step()
        target = self.house.logins.target(link_id)
        dial = self.house.logins._known[link_id].dial
        shown = self.proof(target, dial)
        if self.admits is not None and shown not in self.admits:
            caller.on_refused(Refusal("http", 401) if shown[0] == "ws" else Refusal("tls", detail="client_certificate"))
            return
        self.shown = shown
        if len(self.admits or ()) > 1 and shown == self.newest:
            self.admits = {shown}  # "when used"
        self.rpc, self.caller, self.open = Rpc(Side.CENTRAL_SYSTEM), caller, True
        caller.on_open(self, "ocpp1.6", target.tls is not None)

    @staticmethod
    def proof(target, dial):
        """What this platform can tell apart: the way, the password, the certificate."""
        basic = handshake_headers(target).get("Authorization", "Basic ").removeprefix("Basic ")
        return target.uri[: target.uri.index(":")], b64decode(basic).partition(b":")[2], dial.chain

    def came(self, what):
        if what in self.after:
            self.admits = self.after.pop(what)

    def send(self, text):
        self.house.fuse.step()
        if not self.open:
            return
        received = self.rpc.receive(text, NINE)
        if isinstance(received, Answer):
            self.answers.append(received.response)
            if getattr(received.response, "status", None) in ("Accepted",):
                self.came("accepted")
        if isinstance(received, Call):
            self.heard.append(received.request)
            self.caller.on_text(self.rpc.answer(received.message_id, self.reply(received.request)))

    def reply(self, request):
        if isinstance(request, m.SignCertificateRequest):
            return m.SignCertificateResponse(status=m.GenericStatus.ACCEPTED)
        return answer(request)

    def close(self, code=1000):
        self.house.fuse.step()
        super().close(code)

    def ask(self, request):
        self.number += 1
        self.came("sent")
        self.caller.on_text(self.rpc.call(f"ask{self.number}", request, NINE))
        return self.answers[-1].status if self.answers else None


class Guarded(House):
    """A house whose link has secrets."""

    def __init__(self, **settings):
        self.fuse, self.settings, self.authority = Fuse(), settings, Authority(now=NINE)
        super().__init__()

    def create(self, db, ids):
        super().create(db, ids)
        sealed = KEYS.seal(Secret(FIRST), table="links", row="lnk_1", account_id=self.account_id)
        db.run("UPDATE links SET authorization_key = ? WHERE id = ?", (sealed, self.link))
        row = links.by_public_id(db, self.account_id, "lnk_1")
        given = {"roots": [self.authority.pem], "initial_keys": {"CpoName": "Volt BV"}}
        links.save_settings(db, self.account_id, "lnk_1", {**row.settings, **given, **self.settings})

    def submit(self, shard, job, done, failed):
        """As the disk does it, with a kill before or after the commit."""
        self.fuse.step()

        def committed(result):
            self.fuse.step()
            done(result)

        self.disk.submit(shard, job, committed, failed)

    def move_in(self, fresh=False):
        if not isinstance(self.line, Gate):
            self.line = Gate(self)
        self.timers, self.logins = HeapTimers(self.world), Logins(KEYS)
        sealed = self.rows(link_secrets.of_link, self.link)
        secrets = self.logins.open(sealed, link_id="lnk_1", account_id=self.account_id)
        self.logins.know("lnk_1", Target("ws://platform/", "CP-1", "CP-1", Secret(FIRST), secrets=secrets))
        ids = self.world.ids("host")
        host = Host(
            HostedCharger(account_id=self.account_id, id=self.charger, charger_id=self.charger_id, name="Drive"),
            self.box,
            Rows(lambda: self.disk.database.read(lambda db: read_cast(db, self.charger, self.box.info, ids))),
            Services(
                store=self,
                timers=self.timers,
                connector=self.line,
                clock=self.world.clock,
                ids=ids,
                pin_key=PIN_KEY,
                on_bug=self.bugs.append,
                link_keys=self.logins,
            ),
            Neighbours(notify=lambda reason, driver_id: self.notices.append(reason)),
        )
        host.start(fresh)
        return host

    def killed(self):
        self.crash()
        self.fuse.left = None
        self.host = self.move_in()

    def secrets(self):
        return set(self.rows(link_secrets.of_link, self.link))

    @property
    def profile(self):
        return self.host.links[0].face.state.durable.credentials.current.profile


def change_key():
    return m.ChangeConfigurationRequest(key="AuthorizationKey", value=NEW)


def former(house):
    return house.line.shown


class ByKey:
    """A01: the way stays, the password changes."""

    settings: ClassVar[dict[str, int]] = {}

    def prepare(self, house):
        return change_key()

    def later(self, house, request):
        return replace_password(former(house), bytes.fromhex(NEW))

    def settled(self, house):
        assert house.secrets() == {"key.1"} or house.secrets() == {"key.2"}


class ByProfile:
    """A05: from a clear line to TLS."""

    settings: ClassVar[dict[str, int]] = {"security_profile": 1}

    def prepare(self, house):
        return m.ChangeConfigurationRequest(key="SecurityProfile", value="2")

    def later(self, house, request):
        return ("wss", *former(house)[1:])

    def settled(self, house):
        assert house.profile == 2


class ByCertificate:
    """A02: another certificate, with another key pair."""

    settings: ClassVar[dict[str, int]] = {"security_profile": 2}

    def prepare(self, house):
        first = self.certified(house)
        assert house.line.ask(first) == "Accepted"
        assert house.line.ask(m.ChangeConfigurationRequest(key="SecurityProfile", value="3")) == "Accepted"
        house.wait(minutes=1)
        assert house.profile == 3 and house.line.shown[1] == b""
        return self.certified(house)

    def certified(self, house):
        trigger = m.ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE
        assert house.line.ask(m.ExtendedTriggerMessageRequest(requested_message=trigger)) == "Accepted"
        house.wait(seconds=1)
        csr = next(
            request.csr for request in reversed(house.line.heard) if isinstance(request, m.SignCertificateRequest)
        )
        return m.CertificateSignedRequest(certificate_chain=house.authority.certify(csr))

    def later(self, house, request):
        return (*former(house)[:2], request.certificate_chain)

    def settled(self, house):
        assert len(house.secrets()) == 1


def replace_password(proof, password):
    return proof[0], password, proof[2]


ORDERS = ("at once", "when accepted", "when used", "never")
CHANGES = {"key": ByKey, "profile": ByProfile, "certificate": ByCertificate}


def ready(change):
    """A house that is online, and the request that changes how it proves itself."""
    house = Guarded(**change.settings)
    assert house.line.open, "not online to begin with"
    return house, change.prepare(house)


def begin(house, change, request, order):
    """The platform asks; when it forgets what it knew is its own affair."""
    old, new = former(house), change.later(house, request)
    house.line.admits = {old, new} if order == "when used" else {old}
    house.line.newest = new
    house.line.after = {"at once": {"sent": {new}}, "when accepted": {"accepted": {new}}}.get(order, {})
    return house.line.ask(request)


def steps(change, order):
    """How many steps a change takes that nothing interrupts."""
    house, request = ready(change)
    house.fuse.left = 1_000
    assert begin(house, change, request, order) == "Accepted"
    house.wait(minutes=30)
    taken = 1_000 - house.fuse.left
    house.fuse.left = None
    assert house.line.open and house.bugs == []
    return taken


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", CHANGES)
def test_a_kill_at_each_step_never_locks_out(name, order):
    change = CHANGES[name]()
    count = steps(change, order)
    assert count >= 6
    # Killed before its first commit it knows nothing of the new one: a platform that already forgot the former one
    # breaks A01.FR.04, and nobody could help it.
    for last in range(1 if order == "at once" else 0, count):
        house, request = ready(change)
        house.fuse.left = last
        try:
            begin(house, change, request, order)
            house.wait(minutes=30)
        except Killed:
            house.killed()
        house.fuse.left = None
        house.wait(minutes=30)
        assert house.line.open, f"{name}, {order}: locked out by a kill at step {last} of {count}"
        assert house.line.shown in house.line.admits and house.bugs == []
        house.killed()  # and once more, from what is stored by now
        house.wait(minutes=30)
        assert house.line.open and house.bugs == []


@pytest.mark.parametrize("name", CHANGES)
def test_after_it_worked_nothing_of_the_former_is_left(name):
    change = CHANGES[name]()
    house, request = ready(change)
    assert begin(house, change, request, "when accepted") == "Accepted"
    house.wait(minutes=30)
    assert house.line.open
    change.settled(house)
    logged = house.rows(security_log.of_link, house.charger, house.link)
    assert "ReconfigurationOfSecurityParameters" in [event.type for event in logged]
    assert not any(NEW in (event.tech_info or "") for event in logged)


def test_a_key_never_leaves_in_clear_text_once_tls_has_worked():
    """Attack 26: who can cut TLS off must not be given the key that way."""
    house = Guarded(security_profile=2)
    house.wait(minutes=5)
    dial = house.logins._known["lnk_1"].dial
    assert not dial.tls_worked
    house.killed()
    dial = house.logins._known["lnk_1"].dial
    assert dial.tls_worked and dial.profile == 2
    house.logins.choose("lnk_1", replace(dial, profile=1))
    target = house.logins.target("lnk_1")
    assert target.uri.startswith("ws:") and "Authorization" not in handshake_headers(target)
