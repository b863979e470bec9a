"""What a link's row says its face shall do (RULES §6): the keys of `links.settings`."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from laadboek.chargepoint.config import Routing
from laadboek.devices.simulated import SIMULATED_BOX
from laadboek.facts import Kind
from laadboek.runtime.cast import config_of, links_changed
from laadboek.store.links import Lifecycle, LinkRow


def row(role: str = "control", lifecycle: Lifecycle = Lifecycle.ACTIVE, **settings: Any) -> LinkRow:
    fixed: dict[str, Any] = {name: 1 for name in ("id", "account_id", "charger_id", "position")}
    texts = {"public_id": f"lnk_{role}", "backend_uri": "ws://p/", "charge_box_id": "CP", "user_name": "CP"}
    return LinkRow(
        **fixed,
        **texts,
        role=role,
        authorization_key=None,
        settings=settings,
        lifecycle=lifecycle,
        state_version=0,
        state=None,
        applied_fact=0,
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def test_an_owner_says_nothing_local_decides_and_all_sessions_are_routed() -> None:
    config = config_of(row(), SIMULATED_BOX)
    assert (config.routing, config.fixed_tag, config.own_register) == (Routing(), None, False)
    assert not config.platform_decides and config.controls
    assert links_changed([row()]).default_kind is Kind.BUSINESS


def test_an_owner_chooses_rule_tag_register_and_kind() -> None:
    chosen = {
        "routing": {"rule": "drivers", "drivers": ["drv_1"]},
        "fixed_tag": "HOME",
        "register": "physical",
        "default_kind": "private",
    }
    config = config_of(row(**chosen), SIMULATED_BOX)
    assert (config.routing, config.fixed_tag) == (Routing("drivers", frozenset({"drv_1"})), "HOME")
    assert config.filtered and not config.own_register
    assert links_changed([row(**chosen)]).default_kind is Kind.PRIVATE


def test_a_platform_decides_only_over_control() -> None:
    assert config_of(row(decides="platform"), SIMULATED_BOX).platform_decides
    assert not links_changed([row()]).platform_decides
    assert links_changed([row("report"), row(decides="platform")]).platform_decides
    with pytest.raises(msgspec.ValidationError, match=r"link\.report_cannot_decide"):
        config_of(row("report", decides="platform"), SIMULATED_BOX)


def test_a_link_that_drains_holds_no_control() -> None:
    draining = row(lifecycle=Lifecycle.DRAINING)
    assert not config_of(draining, SIMULATED_BOX).controls
    assert links_changed([draining]).control_link_id is None
