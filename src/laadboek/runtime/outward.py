"""What a turn does to the world, once it is durable: to the device, to its links' sockets, to people."""

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec.structs import replace

from ..chargepoint import effects as link_effects
from ..chargepoint import events as link_events
from ..chargepoint.maintenance.locations import joined
from ..charger import effects as charger_effects
from ..devices.device import Device
from .hosted import HostedCharger
from .link import Link, LinkSocket
from .saves import KeepAlone
from .services import Neighbours, Services

Post = Callable[[Link, link_events.Event], None]
Transfer = TypeVar("Transfer", link_effects.StartUpload, link_effects.StartDownload)


class Outward:
    """One charger's hands. Calls return at once."""

    def __init__(
        self, charger: HostedCharger, device: Device, services: Services, neighbours: Neighbours, post: Post
    ) -> None:
        self._charger, self._device, self._post = charger, device, post
        self._services, self._link_keys = services, services.link_keys
        self._notify, self._spent = neighbours.notify, neighbours.spent
        self._offered_ma: dict[int, int] = {}

    def perform(self, link: Link | None, effect: Any) -> None:
        OUTWARD[type(effect)](self, link, effect)

    def lower(self, effect: charger_effects.SetCurrent) -> None:
        """A current that falls does not wait for the disk; one that rises is left alone."""
        if effect.limit_ma == 0 or effect.limit_ma < self._offered_ma.get(effect.connector_id, 0):
            self._set_current(None, effect)

    # --- the device and people ---

    def _set_current(self, link: Link | None, effect: charger_effects.SetCurrent) -> None:
        self._offered_ma[effect.connector_id] = effect.limit_ma
        self._device.set_current(effect.connector_id, effect.limit_ma, effect.phases)

    def _hold_cable(self, link: Link | None, effect: charger_effects.HoldCable) -> None:
        self._device.hold_cable(effect.connector_id, effect.held)

    def _reboot(self, link: Link | None, effect: charger_effects.RebootDevice) -> None:
        self._device.reboot(effect.hard)

    def _install(self, link: Link | None, effect: charger_effects.InstallFirmware) -> None:
        self._device.install(effect.version)

    def _notify_of_charger(self, link: Link | None, effect: charger_effects.Notify) -> None:
        self._notify(effect.reason, effect.driver_id)

    def _tell_of_budget(self, link: Link | None, effect: charger_effects.Spent) -> None:
        self._spent(effect.driver_id)

    def _notify_of_link(self, link: Link, effect: link_effects.Notify) -> None:
        self._notify(effect.reason, None)

    def _keep_alone(self, link: Link | None, effect: KeepAlone) -> None:
        self._services.store.submit(self._charger.charger_id, effect.job, lambda _: None, lambda _: None)

    def _refuse(self, link: Link | None, effect: charger_effects.Refuse | link_effects.Refuse) -> None:
        """Nobody waits for the answer, else it would have come from the edit."""
        self._notify(effect.reason, None)

    # --- links ---

    def _connect(self, link: Link, effect: link_effects.Connect) -> None:
        socket = link.sockets[effect.socket_no] = LinkSocket(link, effect.socket_no, self._post, self._services.clock)
        if self._link_keys is not None:
            self._link_keys.choose(link.row.link_id, effect.dial)
        self._services.connector(link.row.link_id, effect.socket_no, socket)

    def _keep_secret(self, link: Link, effect: link_effects.SaveSecret) -> None:
        assert self._link_keys is not None
        self._link_keys.keep(link.row.link_id, effect.name, effect.secret)

    def _drop_secret(self, link: Link, effect: link_effects.DropSecret) -> None:
        if self._link_keys is not None:
            self._link_keys.drop(link.row.link_id, effect.name)

    def _make_key_pair(self, link: Link, effect: link_effects.MakeKeyPair) -> None:
        assert self._link_keys is not None, "nobody keeps the secrets of this charger's links"
        csr, private_key = self._link_keys.make_key_pair(effect.organisation, effect.common_name)
        self._post(link, link_events.KeyPairMade(effect.number, csr, private_key))

    def _upload(self, link: Link, effect: link_effects.StartUpload) -> None:
        self._services.mover.upload(
            self._charger, link, self._located(link, effect), lambda event: self._post(link, event)
        )

    def _download(self, link: Link, effect: link_effects.StartDownload) -> None:
        self._services.mover.download(link, self._located(link, effect), lambda event: self._post(link, event))

    def _located(self, link: Link, effect: Transfer) -> Transfer:
        """With user and password in its location."""
        if not effect.login:
            return effect
        assert self._link_keys is not None
        login = self._link_keys.secret(link.row.link_id, effect.login).reveal()
        return replace(effect, location=joined(effect.location, login))

    def _cancel(self, link: Link, effect: link_effects.CancelTransfer) -> None:
        self._services.mover.cancel(link, effect.number)

    def _send_text(self, link: Link, effect: link_effects.SendText) -> None:
        if effect.socket_no in link.sockets:
            link.sockets[effect.socket_no].send(effect.text)

    def _send_ping(self, link: Link, effect: link_effects.SendPing) -> None:
        if effect.socket_no in link.sockets:
            link.sockets[effect.socket_no].ping()

    def _close_socket(self, link: Link, effect: link_effects.CloseSocket) -> None:
        if effect.socket_no in link.sockets:
            link.sockets[effect.socket_no].close(effect.code)


OUTWARD: dict[type, Callable[[Outward, Any, Any], None]] = {
    charger_effects.SetCurrent: Outward._set_current,
    charger_effects.HoldCable: Outward._hold_cable,
    charger_effects.RebootDevice: Outward._reboot,
    charger_effects.InstallFirmware: Outward._install,
    charger_effects.Notify: Outward._notify_of_charger,
    charger_effects.Spent: Outward._tell_of_budget,
    charger_effects.Refuse: Outward._refuse,
    KeepAlone: Outward._keep_alone,
    link_effects.Connect: Outward._connect,
    link_effects.SaveSecret: Outward._keep_secret,
    link_effects.DropSecret: Outward._drop_secret,
    link_effects.MakeKeyPair: Outward._make_key_pair,
    link_effects.SendText: Outward._send_text,
    link_effects.SendPing: Outward._send_ping,
    link_effects.CloseSocket: Outward._close_socket,
    link_effects.StartUpload: Outward._upload,
    link_effects.StartDownload: Outward._download,
    link_effects.CancelTransfer: Outward._cancel,
    link_effects.Notify: Outward._notify_of_link,
    link_effects.Refuse: Outward._refuse,
}
