"""The form of a platform: what was typed, checked field by field by the rules of the actions (manual 4.3)."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace
from starlette.datastructures import FormData

from ...actions import link_address
from ...actions.activation import Consent
from ...actions.links import CONTROL, LinkChange, Routing
from ...actions.presets import OTHER, OWN
from ...reasons import Reason, Refused
from ...secret import Secret
from ...store.links import LinkRow
from ..forms import Form
from .choices import Choice

TEXTS = (
    "preset", "backend_uri", "charge_box_id", "user_name", "default_id", "rule", "role", "decides", "default_kind",
    "security_profile", "roots", "fixed_tag",
)  # fmt: skip
TICKS = ("no_key", "guests", "agreed", "terms", "any_subprotocol", "boot_on_reconnect")
TEXT_MAX, ROOTS_MAX = 1000, 100_000
# Which field a refusal is about; any other is about the whole form.
FIELDS = {
    "link.bad_uri": "backend_uri",
    "link.uri_with_user": "backend_uri",
    "link.uri_with_query": "backend_uri",
    "link.uri_with_charge_box_id": "backend_uri",
    "link.uri_without_slash": "backend_uri",
    "link.forbidden_address": "backend_uri",
    "link.forbidden_form": "backend_uri",
    "link.forbidden_port": "backend_uri",
    "link.forbidden_scheme": "backend_uri",
    "link.profile_needs_tls": "backend_uri",
    "link.bad_charge_box_id": "charge_box_id",
    "link.twice": "charge_box_id",
    "link.bad_user_name": "user_name",
    "link.bad_key": "authorization_key",
    "link.key_of_other_host": "authorization_key",
    "link.profile_needs_key": "authorization_key",
    "link.bad_rule": "rule",
    "link.no_drivers": "drivers",
    "link.unknown_driver": "drivers",
    "link.bad_role": "role",
    "link.two_controls": "role",
    "link.report_cannot_decide": "decides",
    "link.decides_needs_all": "decides",
    "link.bad_choice": "decides",
    "link.bad_kind": "default_kind",
    "link.bad_profile": "security_profile",
    "link.profile_needs_certificate": "security_profile",
    "link.bad_root": "roots",
    "link.bad_fixed_tag": "fixed_tag",
    "activation.no_agreement": "agreed",
    "activation.no_terms": "terms",
}
# Of our own platform the form shows these alone; what is wrong elsewhere is said above it.
ALWAYS_SHOWN = {"rule", "drivers", "role", "decides", "default_kind", "terms"}


class Filled(Struct, frozen=True, kw_only=True):
    """`key` UNSET: left empty, so a kept one stays; None: there is none."""

    form: Form
    drivers: frozenset[str]
    key: Secret | UnsetType | None

    def ticked(self, name: str) -> bool:
        return self.form.value(name) == "yes"

    @property
    def own(self) -> bool:
        return self.form.value("preset") == OWN

    @property
    def consent(self) -> Consent:
        return Consent(agreed=self.ticked("agreed"), terms=self.ticked("terms"))

    @property
    def profile(self) -> int:
        text = self.form.value("security_profile")
        return int(text) if text in ("0", "1", "2", "3") else 0

    @property
    def user_name(self) -> str | None:
        """None: the ChargeBoxID, which it follows until it is changed on purpose."""
        typed = self.form.value("user_name").strip()
        return None if typed in ("", self.form.value("charge_box_id"), self.form.value("default_id")) else typed

    @property
    def roots(self) -> tuple[str, ...]:
        text = self.form.value("roots").strip()
        return (text + "\n",) if text else ()

    @property
    def routing(self) -> Routing:
        rule = self.form.value("rule")
        return Routing(rule, self.drivers if rule == "drivers" else frozenset())

    def change(self) -> LinkChange:
        """All of it, as an action takes it."""
        value = self.form.value
        controls = value("role") == CONTROL
        place: dict[str, Any] = {}
        if not self.own:
            place = {
                "backend_uri": value("backend_uri"),
                "charge_box_id": value("charge_box_id"),
                "user_name": self.user_name,
                "key": self.key,
                "security_profile": self.profile,
                "roots": self.roots,
                "require_subprotocol": not self.ticked("any_subprotocol"),
                "boot_on_reconnect": self.ticked("boot_on_reconnect"),
            }
        return LinkChange(
            **place,
            preset=None if value("preset") == OTHER else value("preset"),
            role=value("role"),
            routing=self.routing,
            decides=value("decides") or "local" if controls else "local",
            default_kind=value("default_kind") or "business",
            fixed_tag=value("fixed_tag").strip() or None,
        )

    def checked(self, former: LinkRow | None, *, consents: bool) -> "Filled":
        """With a problem at each field that cannot stay so."""
        form = self.form
        for check in self._checks(former, consents):
            try:
                check()
            except Refused as refused:
                form = form.refused(refused, FIELDS)
        return Filled(form=form, drivers=self.drivers, key=self.key)

    def _checks(self, former: LinkRow | None, consents: bool) -> list[Callable[[], object]]:
        checks: list[Callable[[], object]] = [self._check_drivers]
        if not self.own:
            checks += [self._check_place, self._check_box, self._check_user_name, lambda: self._check_key(former)]
        if consents:
            checks += [self._check_agreed, self._check_terms]
        return checks

    def _check_place(self) -> None:
        link_address.typed_uri(self.form.value("backend_uri"), self.form.value("charge_box_id"))

    def _check_box(self) -> None:
        link_address.checked_charge_box_id(self.form.value("charge_box_id"))

    def _check_user_name(self) -> None:
        if self.user_name is not None:
            link_address.checked_user_name(self.user_name)

    def _check_key(self, former: LinkRow | None) -> None:
        """A kept key goes to the host that it was given for, and nowhere else."""
        if isinstance(self.key, Secret):
            link_address.checked_key(self.key, self.profile)
        kept = former is not None and former.authorization_key is not None and self.key is UNSET
        if kept and former is not None and not self._same_host(former):
            raise Refused("link.key_of_other_host")

    def _same_host(self, former: LinkRow) -> bool:
        try:
            return link_address.same_host(former.backend_uri, self.form.value("backend_uri"))
        except ValueError:  # no address at all, which has its own problem
            return True

    def _check_drivers(self) -> None:
        if self.form.value("rule") == "drivers" and not self.drivers:
            raise Refused("link.no_drivers")

    def _check_agreed(self) -> None:
        if not self.own and not self.ticked("agreed"):
            raise Refused("activation.no_agreement")

    def _check_terms(self) -> None:
        if not self.ticked("terms"):
            raise Refused("activation.no_terms")

    def with_value(self, name: str, value: str) -> "Filled":
        return Filled(
            form=replace(self.form, values={**self.form.values, name: value}), drivers=self.drivers, key=self.key
        )

    def refused(self, reason: Reason) -> "Filled":
        field = FIELDS.get(reason.code, "")
        shown = "" if self.own and field not in ALWAYS_SHOWN else field
        return Filled(form=self.form.with_problem(shown, reason), drivers=self.drivers, key=self.key)


def read(data: FormData, *, changing: bool) -> Filled:
    """As it was typed; the key goes no further than `key`."""
    values = {name: _text(data, name, ROOTS_MAX if name == "roots" else TEXT_MAX) for name in TEXTS}
    values |= {name: "yes" for name in TICKS if _text(data, name, 10) == "yes"}
    values["backend_uri"] = values["backend_uri"].strip()
    values["charge_box_id"] = values["charge_box_id"].strip()
    typed = _text(data, "authorization_key", TEXT_MAX).strip()
    key: Secret | UnsetType | None = Secret(typed) if typed else UNSET if changing else None
    if values.get("no_key") == "yes":
        key = None
    drivers = frozenset(str(one)[:100] for one in data.getlist("drivers"))
    return Filled(form=Form(values), drivers=drivers, key=key)


def _text(data: FormData, name: str, longest: int) -> str:
    value = data.get(name)
    return value[:longest] if isinstance(value, str) else ""


def empty(preset: str, choice: Choice, charge_box_id: str, backend_uri: str) -> Filled:
    """What a form shows at first."""
    values = {
        "preset": preset,
        "backend_uri": backend_uri,
        "charge_box_id": charge_box_id,
        "user_name": charge_box_id,
        "default_id": charge_box_id,
        "rule": choice.rule,
        "role": choice.role,
        "decides": "local",
        "default_kind": "business",
        "security_profile": "0",
    }
    return Filled(form=Form(values), drivers=frozenset(), key=None)


def of_link(link: LinkRow) -> Filled:
    """A link as it is, without its key."""
    settings: Mapping[str, Any] = link.settings
    routing = settings.get("routing", {})
    values = {
        "preset": link.preset or OTHER,
        "backend_uri": link.backend_uri,
        "charge_box_id": link.charge_box_id,
        "user_name": link.user_name or link.charge_box_id,
        "default_id": link.charge_box_id if link.user_name in ("", link.charge_box_id) else "",
        "rule": routing.get("rule", "all"),
        "role": link.role,
        "decides": settings.get("decides", "local"),
        "default_kind": settings.get("default_kind", "business"),
        "security_profile": str(settings.get("security_profile", 0)),
        "roots": "".join(settings.get("roots", ())),
        "fixed_tag": settings.get("fixed_tag") or "",
        "any_subprotocol": "" if settings.get("require_subprotocol", True) else "yes",
        "boot_on_reconnect": "yes" if settings.get("boot_on_reconnect", False) else "",
    }
    return Filled(form=Form(values), drivers=frozenset(routing.get("drivers", ())), key=UNSET)
