"""May this id tag charge? List, cache, platform, and the rules for when it cannot be asked (OCPP 1.6 §3.5, §4.1)."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ..facts import AuthorisationAsked, Authorised
from ..ocpp import messages as m
from ..ocpp.errors import OcppError
from ..reasons import Reason
from . import configuration, local_list
from .state import CachedTag
from .step import Step

CACHE_SIZE = 100

Status = m.AuthorizationStatus


class AboutAuthorize(Struct, frozen=True):
    ask_id: int
    id_tag: str


def asked(step: Step, fact: AuthorisationAsked) -> None:
    """Answer at once from list or cache if LocalPreAuthorize allows, else by the platform, else by offline rules."""
    if not step.online:
        _decide_offline(step, fact.ask_id, fact.id_tag)
        return
    known = recall(step, fact.id_tag)
    pre_authorise = configuration.flag(step.state, "LocalPreAuthorize")
    if pre_authorise and known is not None and known.status is Status.ACCEPTED:
        _answer(step, fact.ask_id, known)
        return
    step.call(m.AuthorizeRequest(id_tag=fact.id_tag), AboutAuthorize(fact.ask_id, fact.id_tag))


def _decide_offline(step: Step, ask_id: int, id_tag: str) -> None:
    """What list or cache says holds; of an unknown tag AllowOfflineTxForUnknownId decides (§3.5.4)."""
    known = recall(step, id_tag)
    if known is not None and configuration.flag(step.state, "LocalAuthorizeOffline"):
        _answer(step, ask_id, known)
    elif known is None and configuration.flag(step.state, "AllowOfflineTxForUnknownId"):
        _answer(step, ask_id, CachedTag(Status.ACCEPTED))
    else:
        wish = Authorised(link_id=step.config.link_id, ask_id=ask_id, accepted=False, why=Reason("authorise.offline"))
        step.ask(wish)


def _answer(step: Step, ask_id: int, tag: CachedTag) -> None:
    accepted = tag.status is Status.ACCEPTED
    step.ask(
        Authorised(
            link_id=step.config.link_id,
            ask_id=ask_id,
            accepted=accepted,
            parent_id_tag=tag.parent_id_tag,
            why=None if accepted else Reason(f"authorise.{tag.status.value.lower()}"),
        )
    )


def _authorised(step: Step, about: AboutAuthorize, response: m.AuthorizeResponse) -> None:
    learn(step, about.id_tag, response.id_tag_info)
    info = response.id_tag_info
    _answer(step, about.ask_id, CachedTag(info.status, info.expiry_date, info.parent_id_tag))


def _not_asked(step: Step, about: AboutAuthorize, error: OcppError | None) -> None:
    """The platform is gone, or cannot say: to the driver that is the same as offline."""
    _decide_offline(step, about.ask_id, about.id_tag)


# --- list and cache (§3.5.1, §3.5.3) ----------------------------------------------------------------------------------


def recall(step: Step, id_tag: str) -> CachedTag | None:
    """What is known here and now: what the list says goes before what the cache says (§3.5.3)."""
    listed = local_list.lookup(step, id_tag)
    return listed if listed is not None else _cached(step, id_tag)


def _cached(step: Step, id_tag: str) -> CachedTag | None:
    """An entry whose time is over says Expired. Tags compare without case (§7.28)."""
    if not configuration.flag(step.state, "AuthorizationCacheEnabled"):
        return None
    tag = step.durable.cache.get(id_tag.upper())
    if tag is not None and _is_over(step, tag):
        return replace(tag, status=Status.EXPIRED)
    return tag


def _is_over(step: Step, tag: CachedTag) -> bool:
    return tag.status is Status.ACCEPTED and tag.expires_at is not None and tag.expires_at <= step.now


def learn(step: Step, id_tag: str, info: m.IdTagInfo) -> None:
    """Every IdTagInfo updates the cache, but of listed tags. When full: the invalid ones go, then the oldest valid."""
    if local_list.compare(step, id_tag, info):
        return
    if not configuration.flag(step.state, "AuthorizationCacheEnabled"):
        return
    if info.status is Status.CONCURRENT_TX:
        return  # says something about a transaction, not about the tag
    name = id_tag.upper()
    cache = {key: tag for key, tag in step.durable.cache.items() if key != name}
    if len(cache) >= CACHE_SIZE:
        cache = {k: tag for k, tag in cache.items() if tag.status is Status.ACCEPTED and not _is_over(step, tag)}
    while len(cache) >= CACHE_SIZE:
        del cache[next(iter(cache))]
    cache[name] = CachedTag(info.status, info.expiry_date, info.parent_id_tag)
    if cache != step.durable.cache:
        step.save(cache=cache)


ANSWERED: dict[type[Struct], Callable[[Step, Any, Any], None]] = {AboutAuthorize: _authorised}
FAILED: dict[type[Struct], Callable[[Step, Any, OcppError | None], None]] = {AboutAuthorize: _not_asked}
