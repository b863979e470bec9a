"""What the API of links takes and gives, as its description (`openapi.json`) shows it."""

from datetime import datetime
from typing import Literal

from pydantic import Field, SecretStr

from .models import Answer, Body

Rule = Literal["all", "business", "drivers"]


class RoutingBody(Body):
    """Which sessions become transactions there."""

    rule: Rule = "all"
    drivers: list[str] = Field([], description="Public ids (drv_…), with the rule `drivers`")


class LinkValues(Body):
    """What is left out stays as it is, or as it usually is."""

    role: Literal["control", "report"] | None = Field(None, description="At most one link of a charger controls it")
    user_name: str | None = Field(None, description="Of Basic authentication; null or left out: the ChargeBoxID")
    authorization_key: SecretStr | None = Field(None, description="Password of Basic authentication; null: none")
    routing: RoutingBody | None = None
    fixed_tag: str | None = Field(
        None, description="Every transaction goes under this id tag; null: under the driver's"
    )
    register_: Literal["link", "physical"] | None = Field(
        None, alias="register", description="Of a link that gets some sessions: its own sum, or the meter's"
    )
    decides: Literal["platform", "local"] | None = Field(None, description="Who decides who may charge")
    default_kind: Literal["business", "private"] | None = Field(
        None, description="Of sessions that this platform starts, unless the tag is a driver's"
    )
    require_subprotocol: bool | None = Field(None, description="false tolerates platforms that confirm no subprotocol")
    boot_on_reconnect: bool | None = Field(None, description="true: BootNotification on every connection")
    security_profile: int | None = Field(None, ge=0, le=3, description="0: URI and key are used as they are")
    security_events: bool | None = Field(None, description="Are they sent? null: where the platform understands them")
    roots: list[str] | None = Field(
        None, description="PEM: authorities that vouch for this platform; empty: those of the system"
    )

    preset: str | None = Field(None, description="Which known platform it is, by its id; left out: another one")


class NewLinkBody(LinkValues):
    charger_id: str | None = Field(None, description="Left out: the only charger")
    backend_uri: str = Field(description="ws:// or wss://; the ChargeBoxID is appended to it")
    charge_box_id: str


class LinkChangeBody(LinkValues):
    """Another address or ChargeBoxID is another link: the answer is the new one, the old one drains."""

    backend_uri: str | None = None
    charge_box_id: str | None = None


class ReplayBody(Body):
    session_id: str | None = Field(None, description="Only what belongs to this session")


class LinkAnswer(Answer):
    id: str = Field(description="Public id; the ChargeBoxID serves as well where only one link has it")
    charger_id: str
    charger_name: str
    role: str
    backend_uri: str
    charge_box_id: str
    user_name: str
    has_key: bool
    routing: RoutingBody
    fixed_tag: str | None
    register_: str = Field(serialization_alias="register")
    decides: str
    default_kind: str
    require_subprotocol: bool
    boot_on_reconnect: bool
    security_profile: int
    security_events: bool | None
    roots: int = Field(description="How many authorities were given; 0: the system's")
    preset: str | None
    agreed_at: datetime | None = Field(description="When the agreement was confirmed and the terms were accepted")
    lifecycle: str = Field(description="active, paused, draining, removed")
    state: str = Field(description="online, connecting, booting, pending, rejected, refused, waiting, paused, removed")
    why: str | None = Field(description="Why it is not online, in a sentence")
    why_code: str | None
    heard_at: datetime | None = Field(description="When its platform was heard last")
    queued: int = Field(description="Transaction messages that the platform has not taken yet")
    oldest_at: datetime | None = Field(description="Of these, since when the first one waits")
    set_aside: int


class LinksAnswer(Answer):
    links: list[LinkAnswer]


class SetAsideAnswer(Answer):
    number: int
    action: str
    session_id: str | None
    created_at: datetime
    set_aside_at: datetime
    attempts: int
    error: str = Field(description="What the platform answered, or why we set it aside")
    description: str


class LinkDetailAnswer(LinkAnswer):
    """Messages in the order in which they are sent again when they are replayed."""

    refusals: int = Field(description="How often the platform answered the first of those queued with an error")
    last_error: str | None = Field(description="The latest of these errors")
    set_aside_messages: list[SetAsideAnswer]
