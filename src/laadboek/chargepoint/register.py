"""The link register: the meter as one platform sees it, the sum of the energy of its own sessions (RULES §6).

On a link that sees every session, or whose owner chose `physical`, it is the meter's own register. On a filtered one it
stands still between transactions, so that the differences of consecutive meterStart and meterStop tell of nothing else.
It begins at 0; a link that is filtered later goes on from what its platform was told last.
"""

from msgspec.structs import replace

from ..facts import Reading, SessionStarted
from .state import LinkRegister, Transaction
from .step import Step


def take_over(step: Step) -> None:
    """A link that was told the meter's register and now has its own: that begins where the meter stands."""
    complete = len(step.state.readings) == step.config.nameplate.connectors
    if step.durable.register.physical and step.config.own_register and complete:
        totals = {reading.connector_id: reading.register_wh for reading in step.state.readings.values()}
        step.save(register=LinkRegister(totals))


def _is_own(step: Step) -> bool:
    """Whether this platform is told its own register, from now on; the first value of the other kind is noted."""
    if not step.config.own_register and not step.durable.register.physical:
        step.save(register=LinkRegister(physical=True))
    return not step.durable.register.physical


def offset(step: Step, fact: SessionStarted) -> int:
    """What is added to the meter's register throughout this session, in Wh."""
    return total(step, fact.connector_id) - fact.register_wh if _is_own(step) else 0


def is_known(step: Step) -> bool:
    """The link's own register is told also while no meter can be read."""
    return step.config.own_register and not step.durable.register.physical


def total(step: Step, connector_id: int) -> int:
    """Where the link's own register stands, in Wh."""
    return step.durable.register.totals.get(connector_id, 0)


def reach(step: Step, connector_id: int, register_wh: int) -> None:
    """The platform is told this value of its own register."""
    register = step.durable.register
    if is_known(step) and total(step, connector_id) != register_wh:
        step.save(register=replace(register, totals=register.totals | {connector_id: register_wh}))


def in_transaction(step: Step, transaction: Transaction, reading: Reading) -> Reading:
    """The reading as this platform sees it; its own register never runs backwards, even if the meter did."""
    register_wh = reading.register_wh + transaction.offset_wh
    if step.config.own_register:
        register_wh = max(register_wh, transaction.start_wh, total(step, transaction.connector_id))
        reach(step, transaction.connector_id, register_wh)
    return replace(reading, register_wh=register_wh)


def between_transactions(step: Step, reading: Reading) -> Reading:
    """Nothing flows for this platform, whatever flows; what else the reading says might tell of it."""
    if not step.config.filtered:
        _is_own(step)
        return reading
    register_wh = total(step, reading.connector_id) if _is_own(step) else reading.register_wh
    return Reading(reading.connector_id, reading.taken_at, register_wh)
