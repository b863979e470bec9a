"""What goes wrong by itself: outages, cuts, kills, full disks, clocks that are set, power cuts and reboots."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Protocol

from .network import Network, WireEvent
from .trouble import PROFILES, Faults, Trouble
from .world import MachineClock, World

__all__ = ["PROFILES", "ClockSetter", "Faults", "FullDisk", "PowerTrouble", "Sabotage", "Trouble", "Weather"]

DAY, WEEK = timedelta(days=1), timedelta(days=7)
SOON_S = 0.06  # about there and back again
SORE_POINT, SORE = b'Transaction",{', 25.0  # of a Start or a Stop


class Weather:
    """Outages of the network: in the night mostly, by a cut or by silence; and of the way to one platform."""

    def __init__(self, world: World, network: Network, trouble: Trouble, charge_box_ids: Sequence[str]) -> None:
        self._world, self._network, self._trouble = world, network, trouble
        self._charge_box_ids = charge_box_ids
        self._chance = world.ids("weather").random()

    def begin(self) -> None:
        """Plan one day, and tomorrow the next."""
        faults = self._trouble.faults
        night = self._chance.random() < faults.night_outage
        day = self._chance.random() < faults.day_outage
        if night:
            self._outage(self._chance.uniform(21.5, 26), self._chance.uniform(0.1, 6))
        if day:
            self._outage(self._chance.uniform(8, 19), self._chance.uniform(0.01, faults.day_outage_h))
        for charge_box_id in self._charge_box_ids if faults.one_way_outage else ():
            if self._chance.random() < faults.one_way_outage:
                begins = self._world.now + timedelta(hours=self._chance.uniform(0, 24))
                self.cut_off(charge_box_id, begins, begins + timedelta(hours=self._chance.uniform(0.02, 5)))
        self._world.at(self._world.now + DAY, self.begin)

    def _outage(self, begins_h: float, hours: float) -> None:
        begins = self._world.now + timedelta(hours=begins_h)
        break_off = self._network.cut if self._chance.random() < 0.5 else self._network.silence
        self._world.at(begins, lambda: self._go_down(break_off))
        self._world.at(begins + timedelta(hours=hours), self._go_up)

    def _go_down(self, break_off: Callable[[], None]) -> None:
        if self._trouble.brews:
            self._network.up = False
            break_off()

    def _go_up(self) -> None:
        self._network.up = True

    def cut_off(self, charge_box_id: str, begins: datetime, ends: datetime) -> None:
        """Nobody reaches this one platform for a while."""
        break_off = self._network.cut if self._chance.random() < 0.5 else self._network.silence
        self._world.at(begins, lambda: self._go_away(charge_box_id, break_off))
        self._world.at(ends, lambda: self._network.away.discard(charge_box_id))

    def _go_away(self, charge_box_id: str, break_off: Callable[[str | None], None]) -> None:
        if self._trouble.brews:
            self._network.away.add(charge_box_id)
            break_off(charge_box_id)

    def clear_up(self) -> None:
        self._network.up = True
        self._network.away.clear()


class Sabotage:
    """Cuts and kills a moment after something was said: where it hurts."""

    def __init__(
        self, world: World, network: Network, trouble: Trouble, programs: Sequence[str], kill: Callable[[str], None]
    ) -> None:
        self._world, self._network, self._trouble = world, network, trouble
        self._programs, self._kill = programs, kill
        self._ids = world.ids("sabotage")

    def hear(self, event: WireEvent) -> None:
        if not event.text:
            return
        faults, draw = self._trouble.now, self._ids.below(1)
        if SORE_POINT in event.text:
            draw /= SORE
        if draw < faults.cut_per_event:
            self._soon(self._network.cut)
        elif draw < faults.cut_per_event + faults.kill_per_event:
            victim = self._programs[int(self._ids.below(len(self._programs)))]
            self._soon(lambda: self._kill(victim))

    def _soon(self, do: Callable[[], None]) -> None:
        self._world.at(self._world.now + timedelta(seconds=self._ids.below(SOON_S)), lambda: self._now(do))

    def _now(self, do: Callable[[], None]) -> None:
        if self._trouble.now.cut_per_event:
            do()


def sometimes(world: World, chance: Random, a_week: float, until: datetime, do: Callable[[], None]) -> None:
    """So often a week, at any time."""

    def now() -> None:
        do()
        sometimes(world, chance, a_week, until, do)

    if a_week and (when := world.now + WEEK / a_week * chance.expovariate(1.0)) < until:
        world.at(when, now)


class FullDisk:
    """The disk fills up, and somebody makes room."""

    LASTS_MIN = (0.2, 12.0)

    def __init__(self, world: World, trouble: Trouble, until: datetime) -> None:
        self._world, self._trouble = world, trouble
        self._chance = world.ids("full disk").random()
        sometimes(world, self._chance, trouble.faults.full_a_week, until, self._fill)

    def _fill(self) -> None:
        if self._trouble.brews and not self._trouble.dark:
            self._trouble.full = True
            self._world.at(self._world.now + timedelta(minutes=self._chance.uniform(*self.LASTS_MIN)), self._empty)

    def _empty(self) -> None:
        self._trouble.full = False


class ClockSetter:
    """Sets the clock of the computer at the charger: a little, to 1970, or a year ahead; and back again."""

    NOTICED_WITHIN_S = 30.0  # as the served process looks
    WRONG_FOR_H = (0.1, 8.0)

    def __init__(self, world: World, clock: MachineClock, trouble: Trouble, until: datetime) -> None:
        self._world, self._clock, self._trouble = world, clock, trouble
        self._chance = world.ids("clock").random()
        self.on_set: Callable[[timedelta], None] = lambda wrong_by: None
        sometimes(world, self._chance, trouble.faults.clock_steps_a_week, until, self._go_wrong)

    def _go_wrong(self) -> None:
        if self._clock.wrong_by or not self._trouble.brews:
            return
        to_1970 = datetime(1970, 1, 1, tzinfo=UTC) - self._world.now
        by = self._chance.choice((timedelta(hours=2), timedelta(hours=-2), to_1970, timedelta(days=400)))
        self._set(by + timedelta(seconds=self._chance.uniform(0, self.NOTICED_WITHIN_S)))
        self._world.at(self._world.now + timedelta(hours=self._chance.uniform(*self.WRONG_FOR_H)), self.set_right)

    def set_right(self) -> None:
        if self._clock.wrong_by:
            self._set(timedelta())

    def _set(self, wrong_by: timedelta) -> None:
        self.on_set(wrong_by)


class Box(Protocol):
    """What bad luck needs of the charger."""

    @property
    def hosted(self) -> bool: ...

    def cut_power(self) -> None: ...

    def restore_power(self) -> None: ...

    def reboot_by_itself(self) -> None: ...


class PowerTrouble:
    """Power cuts and reboots of the wall box, while its program looks: one that is down could not know of them."""

    DARK_MIN, BOOTS = (2.0, 40.0), timedelta(minutes=1)

    def __init__(
        self, world: World, box: Box, trouble: Trouble, until: datetime, identify_again: Callable[[], None]
    ) -> None:
        self._world, self._box, self._trouble, self._identify_again = world, box, trouble, identify_again
        self._chance: Random = world.ids("power").random()
        sometimes(world, self._chance, trouble.faults.power_cuts_a_week, until, self.cut)
        sometimes(world, self._chance, trouble.faults.reboots_a_week, until, self._reboot)

    def cut(self) -> None:
        self._when_somebody_looks(self._cut)

    def _reboot(self) -> None:
        self._when_somebody_looks(self._reboot_now)

    def _when_somebody_looks(self, do: Callable[[], None]) -> None:
        trouble = self._trouble
        if not trouble.brews:
            return
        if not self._box.hosted or trouble.full or trouble.dark:
            self._world.at(self._world.now + timedelta(seconds=30), lambda: self._when_somebody_looks(do))
        else:
            trouble.dark = True
            do()

    def _cut(self) -> None:
        self._box.cut_power()
        self._world.at(self._world.now + timedelta(minutes=self._chance.uniform(*self.DARK_MIN)), self._restore)

    def _restore(self) -> None:
        self._box.restore_power()
        self._back()

    def _reboot_now(self) -> None:
        self._box.reboot_by_itself()
        self._back()

    def restarts(self) -> None:
        """Its program had it restart."""
        self._trouble.dark = True
        self._back()

    def _back(self) -> None:
        self._world.at(self._world.now + self.BOOTS, self._over)
        self._world.at(self._world.now + timedelta(minutes=self._chance.uniform(5, 20)), self._identify_again)

    def _over(self) -> None:
        self._trouble.dark = False
