"""Statuses of uploads and updates: each told once, in order, also through a boot or a lost link (OCPP 1.6 §4.4, §4.5).

One is taken off the queue when the platform has confirmed it, or refused it; after a lost socket it goes out again.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ...ocpp import messages as m
from ...ocpp.errors import OcppError
from ...ocpp.types import Payload
from ..step import Step
from .state import News, NewsKind

NEWS_MAX = 40  # a platform that asks and never confirms loses the oldest


class AboutNews(Struct, frozen=True):
    """The first of the queue."""


MESSAGES: Mapping[NewsKind, Callable[[News], Payload]] = {
    NewsKind.DIAGNOSTICS: lambda news: m.DiagnosticsStatusNotificationRequest(status=m.DiagnosticsStatus(news.status)),
    NewsKind.FIRMWARE: lambda news: m.FirmwareStatusNotificationRequest(status=m.FirmwareStatus(news.status)),
    NewsKind.LOG: lambda news: m.LogStatusNotificationRequest(
        status=m.UploadLogStatus(news.status), request_id=news.request_id
    ),
    NewsKind.SIGNED_FIRMWARE: lambda news: m.SignedFirmwareStatusNotificationRequest(
        status=m.SignedFirmwareStatus(news.status), request_id=news.request_id
    ),
}


def tell(step: Step, news: News) -> None:
    """Queue a status."""
    maintenance = step.durable.maintenance
    queue = (*maintenance.news, news)[-NEWS_MAX:]
    last_signed = news if news.kind is NewsKind.SIGNED_FIRMWARE else maintenance.last_signed
    step.save(maintenance=replace(maintenance, news=queue, last_signed=last_signed))


def all_told(step: Step) -> bool:
    """Nothing is on its way, or nobody would hear it."""
    return not step.durable.maintenance.news or not step.online


def refill(step: Step) -> None:
    """Queue the oldest for sending, unless it is on its way."""
    queue = step.durable.maintenance.news
    if queue and step.online and not _under_way(step):
        step.call(MESSAGES[queue[0].kind](queue[0]), AboutNews())


def _under_way(step: Step) -> bool:
    open_call = step.state.open_call
    if open_call is not None and isinstance(open_call.about, AboutNews):
        return True
    return any(isinstance(outgoing.about, AboutNews) for outgoing in step.state.waiting)


def _confirmed(step: Step, about: AboutNews, _: Any) -> None:
    maintenance = step.durable.maintenance
    step.save(maintenance=replace(maintenance, news=maintenance.news[1:]))


def _refused(step: Step, about: AboutNews, error: OcppError | None) -> None:
    if error is not None:  # asked again it would say the same
        _confirmed(step, about, None)


ANSWERED: dict[type[Struct], Callable[[Step, Any, Any], None]] = {AboutNews: _confirmed}
FAILED: dict[type[Struct], Callable[[Step, Any, OcppError | None], None]] = {AboutNews: _refused}
