"""The platforms of a charger, and how each link stands: by what was heard of it, not by whether a socket is open."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.requests import Request

from ...actions import link_status
from ...actions.actor import Actor
from ...actions.link_status import LinkDetail
from ...actions.presets import name_of
from ...live import LiveLink
from ...reasons import Reason
from ...store.connection import Connection
from ...store.links import Lifecycle, LinkRow
from ..api.links import live_of
from ..words import activation, texts
from ..words.speech import Speech

FRESH = timedelta(minutes=1)


class Card(Struct, frozen=True, kw_only=True):
    """One link."""

    link: LinkRow
    charger_id: str
    name: str
    state: str
    state_words: str
    fine: bool  # its platform takes messages
    why: Reason | None
    heard: str | None
    queued: int
    oldest: str | None
    set_aside: int
    last_error: str
    refusals: int
    detail: LinkDetail

    @property
    def paused(self) -> bool:
        return self.link.lifecycle is Lifecycle.PAUSED

    @property
    def living(self) -> bool:
        """It may be changed."""
        return self.link.lifecycle in (Lifecycle.ACTIVE, Lifecycle.PAUSED)

    @property
    def rule(self) -> str:
        found: str = self.link.settings.get("routing", {}).get("rule", "all")
        return found

    @property
    def decides(self) -> str:
        found: str = self.link.settings.get("decides", "local")
        return found


def details_of(db: Connection, actor: Actor, charger_id: str) -> list[LinkDetail]:
    """Of one charger, in the order in which its links hear of a session."""
    found = [one for one in link_status.list_links(db, actor) if one.charger_id == charger_id]
    return [link_status.link_detail(db, actor, one.link.public_id) for one in found]


def card(request: Request, speech: Speech, detail: LinkDetail, now: datetime) -> Card:
    status = detail.status
    link, live = status.link, live_of(request, status)
    state = state_of(link, live)
    return Card(
        link=link,
        charger_id=status.charger_id,
        name=platform_name(link),
        state=state,
        state_words=speech.word(activation.STATES, state),
        fine=state == "online",
        why=None if live is None else live.why,
        heard=None if live is None or live.last_heard_at is None else ago(speech, live.last_heard_at, now),
        queued=status.depth.pending,
        oldest=None if status.depth.oldest_at is None else moment(speech, status.depth.oldest_at, now),
        set_aside=status.depth.set_aside,
        last_error=detail.last_error,
        refusals=detail.refusals,
        detail=detail,
    )


def state_of(link: LinkRow, live: LiveLink | None) -> str:
    """What its face says; a link that is being wound up says so, for as long as it delivers."""
    if link.lifecycle is not Lifecycle.ACTIVE:
        return link.lifecycle.value
    return "unheard" if live is None else live.state


def platform_name(link: LinkRow) -> str:
    return name_of(link.preset) or urlsplit(link.backend_uri).hostname or link.backend_uri


def ago(speech: Speech, instant: datetime, now: datetime) -> str:
    """`just now`, `4 min ago`; from a day on its date."""
    since = now - instant
    if since < FRESH:
        return speech.say(activation.JUST_NOW)
    if since < timedelta(days=1):
        return speech.say(activation.AGO, duration=speech.duration(since))
    return moment(speech, instant, now)


def moment(speech: Speech, instant: datetime, now: datetime) -> str:
    """Time of day, with its date unless it is today's."""
    time = speech.time(instant)
    if speech.local_date(instant) == speech.local_date(now):
        return time
    return f"{speech.day(speech.local_date(instant))} {time}"


def sentence_of_error(speech: Speech, detail: LinkDetail) -> str:
    """Why something was set aside, of its latest message."""
    if not detail.set_aside:
        return ""
    last = detail.set_aside[-1]
    if last.error in texts.SENTENCES:
        return speech.sentence(Reason(last.error))
    return f"{last.error} {last.description}".rstrip()
