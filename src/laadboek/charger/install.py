"""New firmware: no session starts any more, and once none runs the device gets it.

OCPP 1.6 errata 3.49; L01.FR.06, L01.FR.07, and L01.FR.18, L01.FR.19 for one that was scheduled.
"""

from ..facts import InstallAsked, InstallDropped
from ..facts import InstallEnded as Ended
from . import control, obstacles, visits
from .effects import InstallFirmware
from .events import InstallEnded
from .state import Install
from .turn import Turn


def asked(turn: Turn, wish: InstallAsked) -> None:
    """Granted when the device begins, which may be long after."""
    if not control.may_wish(turn, wish):
        return
    before = turn.state.install
    if not turn.on:
        turn.refuse(wish, obstacles.UNAVAILABLE[turn.state.power])
    elif before is not None and before.wish.link_id != wish.link_id:
        turn.refuse(wish, "install.busy")
    else:
        _hold(turn, Install(wish))


def dropped(turn: Turn, wish: InstallDropped) -> None:
    """The platform thought better of it."""
    install = turn.state.install
    if install is not None and install.wish.link_id == wish.link_id:
        _hold(turn, None)


def _hold(turn: Turn, install: Install | None) -> None:
    """Keep the connectors from new sessions, or give them back."""
    turn.set_state(install=install)
    if turn.on:
        for connector_id in turn.connector_ids:
            visits.obstacles_changed(turn, connector_id)


def begin_if_free(turn: Turn) -> None:
    """At the end of each turn: the last session may just have ended."""
    install = turn.state.install
    if install is None or install.begun or not turn.on or turn.any_running():
        return
    turn.set_state(install=Install(install.wish, begun=True))
    turn.grant(install.wish)
    turn.last_effects.append(InstallFirmware(install.wish.version))


def ended(turn: Turn, event: InstallEnded) -> None:
    """Written: held until the reboot that the platform's side asks for. Failed: the charger goes on as it was."""
    install = turn.state.install
    if install is None or not install.begun:
        return
    turn.tell(Ended(event.ok), install.wish.link_id)
    if not event.ok:
        _hold(turn, None)


def links_changed(turn: Turn) -> None:
    """Who asked may have lost control."""
    install = turn.state.install
    if install is not None and install.wish.link_id != turn.state.links.control_link_id:
        _hold(turn, None)
