"""What the API of drivers takes and gives, as its description (`openapi.json`) shows it. Energy in Wh."""

from datetime import date, datetime

from pydantic import Field, SecretStr

from ...actions.drivers.importing import Outcome
from ...actions.drivers.reading import State
from ...energy.zones import Span
from ...facts import Kind, Mode
from .models import Answer, Body

HOURS = "Weekly hours in which a session may begin, e.g. `mo-fr 07:00-19:00; sa 22:00-02:00`; null: at any time"
CHARGERS = "Public ids of the chargers where they may charge; null: all, also those that are added later"


class BudgetBody(Body):
    limit_wh: int = Field(description="1 000 to 100 000 000", ge=1)
    span: Span = Field(Span.MONTH, description="A session counts in the period in which it begins")


class DriverValues(Body):
    kind: Kind = Field(Kind.BUSINESS, description="Of their sessions")
    mode: Mode = Field(Mode.FAST, description="In which their sessions begin: fast, eco or eco_plus")
    blocked: bool = Field(False, description="At once: a session that runs ends")
    chargers: list[str] | None = Field(None, description=CHARGERS, max_length=200)
    valid_from: date | None = Field(None, description="First day, in the account's time zone")
    valid_until: date | None = Field(None, description="Last day")
    hours: str | None = Field(None, description=HOURS, max_length=500)
    budget: BudgetBody | None = Field(None, description="null: no limit")


class NewDriverBody(DriverValues):
    name: str = Field(description="1 to 60 characters")
    pin: SecretStr | None = Field(None, description="5 to 8 digits, not easily guessed. Left out: one is made")
    without_pin: bool = Field(False, description="By id tag and remote start only")
    id_tag: str | None = Field(None, description="One that they have already. Left out: a fresh one. It stays for life")


class DriverChangeBody(DriverValues):
    """What is left out stays as it is; null takes a limit away."""

    name: str | None = None


class PinBody(Body):
    pin: SecretStr | None = Field(None, description="5 to 8 digits. Left out: one is made")
    digits: int | None = Field(None, ge=5, le=8, description="Of the one that is made")


class PlaceAnswer(Answer):
    charger_id: str
    name: str
    has_pin: bool = Field(description="false: by id tag and remote start only")


class DriverAnswer(Answer):
    id: str
    name: str
    id_tag: str = Field(description="For platforms, and for life")
    kind: Kind
    mode: Mode
    state: State = Field(description="What owner and calendar say; hours and budget are judged at the charger")
    blocked: bool
    all_chargers: bool
    chargers: list[PlaceAnswer]
    valid_from: date | None
    valid_until: date | None
    hours: str | None
    budget: BudgetBody | None
    created_at: datetime


class DriverDetailAnswer(DriverAnswer):
    budget_used_wh: int | None = Field(description="In the period that goes on; null: there is no budget")
    budget_resets_at: datetime | None
    last_session_at: datetime | None


class NewPinAnswer(DriverAnswer):
    pin: str | None = Field(description="The PIN, this once")


class DriversAnswer(Answer):
    """In the order in which they were added."""

    drivers: list[DriverAnswer]
    next: str | None = Field(description="`after` of the next page; null on the last")


class PadAnswer(Answer):
    """What a stranger who tries PINs at a charger can reach before its pad locks."""

    charger_id: str
    name: str
    drivers: int = Field(description="With a PIN there")
    tries: int = Field(description="Wrong ones in a row before it locks")
    one_in: int = Field(description="The chance that one of these tries was right; 0: there is nothing to find")
    advised_digits: int | None = Field(description="So many would make it unlikely")


class PadsAnswer(Answer):
    pads: list[PadAnswer]


class ImportBody(Body):
    csv: SecretStr = Field(description="The whole file; docs/drivers.md lists the columns")
    rehearsal: bool = Field(True, description="Only say what would happen")


class ImportRowAnswer(Answer):
    row: int = Field(description="As a spreadsheet counts")
    name: str
    outcome: Outcome
    changed: list[str]
    code: str | None = Field(description="Why it cannot be taken")
    title: str | None = Field(description="The same in the reader's language")


class MadePinAnswer(Answer):
    name: str
    id_tag: str
    pin: str


class ImportAnswer(Answer):
    """`kept` false: it was a rehearsal, or a row cannot be taken; nothing was changed."""

    kept: bool
    rows: list[ImportRowAnswer]
    pins: list[MadePinAnswer] = Field(description="Those that were made, this once; none of a rehearsal")


class OwnTagOnLinkAnswer(Answer):
    link_id: str
    charge_box_id: str
    id_tag: str | None = Field(description="null: not known now")


class OwnTagAnswer(Answer):
    charger_id: str
    name: str
    id_tag: str | None = Field(description="null: the charger is not here now; empty: no Plug & Play")
    kind: Kind | None
    links: list[OwnTagOnLinkAnswer]


class OwnTagsAnswer(Answer):
    chargers: list[OwnTagAnswer]
