"""Links come, change and go while a charger runs: rows and faces in one store job, the others untouched (RULES §6).

An edit waits in the host's mailbox like any event. When its turn comes, what the face of that link has to say to it
(a StopTransaction, a queue put back) and what it writes to the rows become durable together; only then the stage is
brought in line with the rows. A crash before the commit leaves all as it was; after it, a restart finds the same stage.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from .. import facts
from ..chargepoint import effects as link_effects
from ..chargepoint import events as link_events
from ..chargepoint.state import OutboxEntry
from ..charger.core import ChargerCore
from ..charger.state import Power
from ..store import links as stored_links
from ..store import outbox as stored_outbox
from ..store.connection import Connection
from ..store.errors import StoreError
from ..store.links import Lifecycle
from .cast import entry
from .hosted import LinksNow
from .link import Link
from .mailbox import Entry
from .turn import Edit, Stage

ReadLinks = Callable[[Collection[str]], LinksNow]  # given the links that are on the stage


def begins(synchronised: bool) -> Iterator[link_events.Event]:
    """What a face hears first once it is on the stage. `synchronised`: our own clock can be believed."""
    if not synchronised:
        yield link_events.ClockJudged(False)
    yield link_events.Restarted()


def rearranged(stage: Stage, read_links: ReadLinks | None, keep_frames: int, synchronised: bool) -> list[Entry]:
    """Bring the stage in line with the rows. Return what has to be heard for it, in order."""
    assert read_links is not None, "nobody reads the links of this charger"
    found = read_links({link.row.link_id for link in stage.links})
    heard: list[Entry] = [(None, found.changed)]
    for link in list(stage.links):
        config = found.configs.get(link.row.link_id)
        if config is None:
            link.leave_sockets()
            stage.links.remove(link)
        elif config != link.config:
            link.config, link.face.config = config, replace(config, nameplate=link.face.config.nameplate)
            heard.append((link, link_events.ConfigChanged()))
    for row in found.new:
        link = Link(row, keep_frames)
        stage.links.append(link)
        heard += [(link, link_events.Told(fact)) for fact in (*row.missed, *levels(stage.core))]
        heard += [(link, event) for event in begins(synchronised)]
    stage.links.sort(key=lambda link: link.row.position)
    return heard


def levels(core: ChargerCore) -> list[facts.Fact]:
    """What a face that is new must know of the charger; the others were told when it happened."""
    if core.state.power is Power.OFF:
        return [facts.DeviceWentDark()]
    if core.state.power is Power.UNHEARD:
        return []  # everybody is told as soon as the device is heard
    views = [seen.told for seen in core.state.seen if seen.told is not None]
    whole = facts.ConnectorView(connector_id=0, fault=core.state.fault)
    return [
        facts.SettingsChanged(core.setting_values()),
        *(facts.ConnectorChanged(view) for view in (whole, *views)),
    ]


def retirements(stage: Stage) -> Iterator[Edit]:
    """A link that gets nothing new, and whose platform has everything, has done its work."""
    for link in stage.links:
        if link.face.drained and not link.leaving:
            link.leaving = True
            remove = partial(
                stored_links.set_lifecycle,
                account_id=stage.charger.account_id,
                public_id=link.row.link_id,
                lifecycle=Lifecycle.REMOVED,
            )
            yield Edit(job=remove, failed=partial(_stays, link))


def _stays(link: Link, _: StoreError) -> None:
    """For now; the next turn tries again."""
    link.leaving = False


def messages_behind(db: Connection, wanted: Sequence[tuple[Link | None, link_effects.ReadOutbox]]) -> list[Entry]:
    """The next messages of each queue, for its face."""
    return [(link, link_events.OutboxRead(_pending(db, link, effect))) for link, effect in wanted]


def _pending(db: Connection, link: Link | None, effect: link_effects.ReadOutbox) -> tuple[OutboxEntry, ...]:
    assert link is not None, "the charger has no outbox"
    return tuple(entry(row) for row in stored_outbox.pending(db, link.row.id, effect.after_seq, effect.limit))
