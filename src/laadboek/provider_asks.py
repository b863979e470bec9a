"""Asks sign-in providers for the portal: through the outbound guard, once, within a few seconds, without redirects."""

from collections.abc import Mapping

from .portal.providers import Ask, Fetched, Unreachable
from .runtime.guard import Guard
from .runtime.transfers import Failed, Transfers

WITHIN_S = 10.0  # somebody waits before a page


def asking(guard: Guard) -> Ask:
    transfers = Transfers(guard, time_max_s=WITHIN_S)

    async def ask(location: str, method: str, headers: Mapping[str, str], body: bytes) -> Fetched:
        try:
            answer = await transfers.ask(location, method, headers, body)
        except Failed as error:
            raise Unreachable(error.code) from None
        return Fetched(answer.status, answer.body)

    return ask
