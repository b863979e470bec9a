"""The websocket to the platform: connect, back off, ping, notice silence, cut.

OCPP-J 1.6 §5; OCPP-J errata 3.4, OCPP-J errata 3.11.
"""

from datetime import datetime, timedelta

from ..reasons import Reason
from . import configuration
from .config import LinkConfig
from .effects import CloseSocket, Connect, SendPing
from .events import SocketRefused
from .security import credentials
from .state import FaceState, Link, LinkPhase
from .step import Step, earliest

# Statuses of a refused handshake that nothing but a person heals: unknown identity, wrong key.
UNWELCOME = {401, 403, 404}


def start(step: Step) -> None:
    spread_s = step.ids.below(step.config.start_spread_s) if step.config.start_spread_s else 0.0
    if spread_s:
        step.link(phase=LinkPhase.WAITING, until=step.after(spread_s))
    else:
        connect(step)


def connect(step: Step) -> None:
    number = step.state.link.socket_no + 1
    until = step.after(step.config.connect_timeout_s)
    step.link(phase=LinkPhase.CONNECTING, socket_no=number, until=until)
    step.do(Connect(number, credentials.dial(step)))


def opened(step: Step, subprotocol: str | None) -> bool:
    """The handshake succeeded; False if it is of no use and was closed again."""
    if subprotocol != "ocpp1.6" and (subprotocol is not None or step.config.require_subprotocol):
        step.do(CloseSocket(step.state.link.socket_no, 1002))
        down(step, Reason("link.subprotocol", {"offered": subprotocol or ""}))
        return False
    told = step.state.link.down_told
    step.link(phase=LinkPhase.OPEN, until=None, opened_at=step.now, last_heard_at=step.now, why=None, pong_due=None)
    step.link(down_told=False)
    if told:
        step.notify("link.back")
    return True


def refused(step: Step, event: SocketRefused) -> None:
    credentials.refused(step, event)
    unwelcome = event.status in UNWELCOME
    down(step, credentials.reason_of(event), unwelcome=unwelcome, at_least_s=event.retry_after_s or 0)


def down(step: Step, why: Reason, *, unwelcome: bool = False, at_least_s: float = 0) -> None:
    """There is no socket (any more): back off, and say so once."""
    link, rules = step.state.link, step.config.back_off
    stable = link.opened_at is not None and step.now - link.opened_at >= timedelta(seconds=rules.stable_s)
    failures = 0 if stable else link.failures
    wait_s = max(_wait_s(step, failures, unwelcome), at_least_s)
    step.link(
        phase=LinkPhase.WAITING,
        until=step.after(wait_s),
        failures=failures + 1,
        opened_at=None,
        pong_due=None,
        why=why,
        down_told=True,
    )
    if not link.down_told:
        step.notify("link.down", why=why.code)


def _wait_s(step: Step, failures: int, unwelcome: bool) -> float:
    """Full jitter: anywhere below the bound, so that a fleet does not come back as one (OCPP-J errata 3.4)."""
    rules = step.config.back_off
    first_s = rules.refused_first_s if unwelcome else rules.first_s
    bound_s = min(rules.cap_s, first_s * 2 ** min(failures, 30))
    return step.ids.below(bound_s) if rules.jitter else bound_s


def cut(step: Step, code: str) -> None:
    """Half-open or silent: nothing on this socket can be trusted, not even a close (OCPP-J errata 3.11)."""
    if step.state.link.phase is LinkPhase.OPEN:
        credentials.closed(step)
    step.do(CloseSocket(step.state.link.socket_no, 0))
    down(step, Reason(code))


def go_dark(step: Step, for_s: float | None = None) -> None:
    """The wall box has no power: gone without a word, until it boots, or for as long as it shall look so."""
    if step.state.link.phase in (LinkPhase.OPEN, LinkPhase.CONNECTING):
        step.do(CloseSocket(step.state.link.socket_no, 0))
    until = None if for_s is None else step.after(for_s)
    step.link(phase=LinkPhase.DARK, until=until, opened_at=None, pong_due=None, why=Reason("link.dark"))


def stop(step: Step) -> None:
    if step.state.link.phase in (LinkPhase.OPEN, LinkPhase.CONNECTING):
        step.do(CloseSocket(step.state.link.socket_no, 1001))
    step.link(phase=LinkPhase.STOPPED, until=None, opened_at=None, pong_due=None, why=Reason("link.stopped"))


def resume(step: Step) -> None:
    """Back on the air, if the wall box has power: a dark one shows no readings."""
    if step.state.readings:
        start(step)
    else:
        go_dark(step)


def heard(step: Step) -> None:
    step.link(last_heard_at=step.now, pong_due=None)


def _ping_at(state: FaceState) -> datetime | None:
    """Silence for WebSocketPingInterval seconds is probed; 0 leaves it to the platform (§9.1.34)."""
    link = state.link
    if link.phase is not LinkPhase.OPEN or link.pong_due is not None or link.last_heard_at is None:
        return None
    interval_s = configuration.integer(state, "WebSocketPingInterval")
    return link.last_heard_at + timedelta(seconds=interval_s) if interval_s else None


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    return earliest(state.link.until, state.link.pong_due, _ping_at(state))


def reach(step: Step) -> None:
    link: Link = step.state.link
    if link.phase in (LinkPhase.WAITING, LinkPhase.DARK) and link.until is not None and link.until <= step.now:
        connect(step)
    elif link.phase is LinkPhase.CONNECTING and link.until is not None and link.until <= step.now:
        cut(step, "link.timeout")
    elif link.pong_due is not None and link.pong_due <= step.now:
        cut(step, "link.silent")
    elif (ping_at := _ping_at(step.state)) is not None and ping_at <= step.now:
        step.do(SendPing(link.socket_no))
        step.link(pong_due=step.after(step.config.pong_timeout_s))
