"""The links of the simulated charger: to our platform, and to those of an employer and of a registrar (RULES §6)."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from ..devices.simulated import SIMULATED_BOX
from ..facts import Kind
from .truth import TrueSession


class Circuit(Struct, frozen=True, kw_only=True):
    """One link, and what its platform may see."""

    name: str
    charge_box_id: str
    role: str = "report"
    rule: str = "all"
    ours: bool = False
    guests: Kind = Kind.BUSINESS  # what sessions are of whom only its platform knows
    sample_s: int = 1800  # between meter values
    dials_every_s: int = 900  # at least so often, however long nobody answers

    @property
    def settings(self) -> dict[str, object]:
        return {
            "routing": {"rule": self.rule},
            "default_kind": self.guests.value,
            "back_off": {"cap_s": self.dials_every_s},
        }

    @property
    def filtered(self) -> bool:
        return self.rule != "all"

    def complaining(self, wrong: Callable[[str], None]) -> Callable[[str], None]:
        """Complaints about this link."""
        return lambda text: wrong(f"{self.name}: {text}")

    def sees(self, session: TrueSession) -> bool:
        asked = session.over_link == self.name  # what its platform started is its own
        return asked or self.rule == "all" or session.person.kind is Kind.BUSINESS


CHARGE_BOX_ID = SIMULATED_BOX.serial_number
OURS = Circuit(
    name="ours", charge_box_id=CHARGE_BOX_ID, role="control", ours=True, sample_s=300, dials_every_s=300
)  # and nobody else's
OURS_TOO = Circuit(name="ours", charge_box_id=CHARGE_BOX_ID, ours=True, sample_s=900)
EMPLOYER = Circuit(name="employer", charge_box_id="EMP-4711", role="control", rule="business", guests=Kind.PRIVATE)
REGISTRAR = Circuit(name="registrar", charge_box_id="REG-0815")

ALONE = Circuit(name="ours", charge_box_id=CHARGE_BOX_ID, role="control", ours=True, sample_s=900)  # in many seeds

SETUPS: Mapping[int, tuple[Circuit, ...]] = {
    1: (OURS,),
    2: (OURS_TOO, EMPLOYER),
    3: (EMPLOYER, REGISTRAR, OURS_TOO),
}
