"""Reservations: a connector, or any of them, is kept for one id tag or its group until a time (OCPP 1.6 §3.11, §5.13).

The owner decides whether this charger takes any (`Reservations`); then they bind everybody: tags, PINs, remote starts
and Plug & Play (RULES §6). A reservation of connector 0 names no connector: it holds the last one that is left.
"""

from ..facts import ReservationCancelAsked, ReserveAsked
from ..reasons import Reason
from . import control, obstacles
from .state import Claim, Phase, Reservation
from .turn import Turn

ANY = 0


# What the platform wishes.


def reserve_asked(turn: Turn, wish: ReserveAsked) -> None:
    """The same id again takes the former one's place, if the new one can be had (§5.13)."""
    if not control.may_wish(turn, wish):
        return
    others = tuple(r for r in turn.state.durable.reservations if r.reservation_id != wish.reservation_id)
    why = _refusal(turn, wish, others)
    if why is not None:
        turn.refuse(wish, why.code, **why.params)
        return
    reservation = Reservation(
        reservation_id=wish.reservation_id,
        link_id=wish.link_id,
        connector_id=wish.connector_id,
        id_tag=wish.id_tag,
        parent_id_tag=wish.parent_id_tag,
        expires_at=wish.expires_at,
    )
    turn.set_durable(reservations=(*others, reservation))
    turn.grant(wish)


def cancel_asked(turn: Turn, wish: ReservationCancelAsked) -> None:
    """§5.1"""
    if not control.may_wish(turn, wish):
        return
    before = turn.state.durable.reservations
    after = tuple(r for r in before if r.reservation_id != wish.reservation_id)
    if after == before:
        turn.refuse(wish, "reservation.unknown")
        return
    turn.set_durable(reservations=after)
    turn.grant(wish)


def _refusal(turn: Turn, wish: ReserveAsked, others: tuple[Reservation, ...]) -> Reason | None:
    if not turn.settings.reservations:
        return Reason("reservation.off")
    if wish.connector_id not in (ANY, *turn.connector_ids):
        return Reason("connector.unknown", {"connector_id": wish.connector_id})
    if wish.expires_at <= turn.now or not wish.id_tag:
        return Reason("reservation.void")
    if wish.connector_id == ANY:
        return _no_connector_left(turn, others)
    return _not_to_be_had(turn, wish.connector_id, others)


def _not_to_be_had(turn: Turn, connector_id: int, others: tuple[Reservation, ...]) -> Reason | None:
    if (why := obstacles.obstacle(turn, connector_id)) is not None:
        return why
    if not _is_left(turn, connector_id, others):
        return Reason("connector.busy", {"connector_id": connector_id})
    any_promised = any(r.connector_id == ANY for r in others)
    if any_promised and not any(_is_left(turn, c, others) for c in turn.connector_ids if c != connector_id):
        return Reason("connector.reserved", {"connector_id": connector_id})
    return None


def _no_connector_left(turn: Turn, others: tuple[Reservation, ...]) -> Reason | None:
    """One reservation of connector 0 at a time: another is of the same charge point (§5.13: Occupied)."""
    reasons = [obstacles.obstacle(turn, connector_id) for connector_id in turn.connector_ids]
    if None not in reasons:
        return reasons[0]
    if any(r.connector_id == ANY for r in others):
        return Reason("connector.reserved", {"connector_id": ANY})
    if not any(_is_left(turn, connector_id, others) for connector_id in turn.connector_ids):
        return Reason("connector.busy", {"connector_id": ANY})
    return None


def _is_left(turn: Turn, connector_id: int, reservations: tuple[Reservation, ...]) -> bool:
    """Nobody is there or expected, it is not reserved by itself, and it works."""
    if turn.visit(connector_id).phase is not Phase.IDLE or turn.seen(connector_id).cable:
        return False
    reserved = any(r.connector_id == connector_id for r in reservations)
    return not reserved and obstacles.obstacle(turn, connector_id) is None


# What follows for everybody.


def holder(turn: Turn, connector_id: int) -> Reservation | None:
    """The reservation that keeps this connector now; none while a session runs there."""
    reservations = turn.state.durable.reservations
    if not reservations or turn.visit(connector_id).running is not None:
        return None
    of_any = None
    for reservation in reservations:
        if reservation.connector_id == connector_id:
            return reservation
        if reservation.connector_id == ANY:
            of_any = reservation
    elsewhere = (c for c in turn.connector_ids if c != connector_id)
    if of_any is None or any(_is_left(turn, c, reservations) or _is_taken_by(turn, c, of_any) for c in elsewhere):
        return None
    return of_any


def _is_taken_by(turn: Turn, connector_id: int, reservation: Reservation) -> bool:
    """Whom it is for has identified there."""
    claim = turn.visit(connector_id).claim
    return claim is not None and reservation.suits(claim)


def bars(turn: Turn, connector_id: int, claim: Claim) -> bool:
    """Whether the connector is kept for somebody else, as far as is known about this one."""
    held = holder(turn, connector_id)
    return held is not None and not held.suits(claim)


def refuses(turn: Turn, connector_id: int, claim: Claim) -> bool:
    """It bars them for good: there is no group, or nobody to ask whether they belong to it (§5.13)."""
    held = holder(turn, connector_id)
    if held is None or held.suits(claim):
        return False
    return held.parent_id_tag is None or turn.state.links.control_link_id is None


def use(turn: Turn, connector_id: int, claim: Claim) -> Reservation | None:
    """A session starts: all reservations that it makes good are over; the one to name is the connector's own."""
    reservations = turn.state.durable.reservations
    used = [r for r in reservations if r.connector_id in (ANY, connector_id) and r.suits(claim)]
    if used:
        turn.set_durable(reservations=tuple(r for r in reservations if r not in used))
    return max(used, key=lambda r: r.connector_id, default=None)


def prune(turn: Turn) -> None:
    """Drop what is over: expired, forbidden by the owner, or of what became Faulted or Unavailable (§5.13)."""
    before = turn.state.durable.reservations
    if before and turn.on:
        after = tuple(r for r in before if turn.settings.reservations and _goes_on(turn, r))
        if after != before:
            turn.set_durable(reservations=after)


def _goes_on(turn: Turn, reservation: Reservation) -> bool:
    meant = turn.connector_ids if reservation.connector_id == ANY else (reservation.connector_id,)
    usable = any(obstacles.out_of_use(turn, connector_id) is None for connector_id in meant)
    return reservation.expires_at > turn.now and usable


def drop_others(turn: Turn, link_id: str | None) -> None:
    """Only the link that holds control can have reserved anything."""
    before = turn.state.durable.reservations
    after = tuple(r for r in before if r.link_id == link_id)
    if after != before:
        turn.set_durable(reservations=after)
