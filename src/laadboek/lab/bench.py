"""The lab's charge points: made, kept and removed by ChargeBoxID."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from ..bus import Bus
from ..clock import SystemClock
from ..ids import Ids
from ..reasons import Refused
from ..runtime.keys import load_keys
from ..runtime.timers import LoopTimers
from ..store.database import StoreLocked, open_database
from .check import check
from .models import NewChargePoint
from .rows import create, first_settings, recall
from .station import Parts, Station


class Bench:
    """Used from the event loop's thread only."""

    def __init__(self) -> None:
        self.stations: dict[str, Station] = {}
        self._clock = SystemClock()
        self._timers = LoopTimers(self._clock)
        self._ids = Ids()
        self._coming: set[str] = set()  # being made
        self._own_folders: dict[str, Path] = {}

    async def create(self, body: NewChargePoint) -> Station:
        """Refused when it cannot be: see `check`, its ChargeBoxID is taken here, its state folder is not to be had."""
        check(body)
        if body.charge_box_id in self.stations or body.charge_box_id in self._coming:
            raise Refused("lab.exists", charge_box_id=body.charge_box_id)
        self._coming.add(body.charge_box_id)
        try:
            return await self._create(body)
        finally:
            self._coming.discard(body.charge_box_id)

    async def _create(self, body: NewChargePoint) -> Station:
        folder, parts = await self._open_folder(body)
        rows = await parts.database.query(recall)
        first = {} if rows else first_settings(body)  # what an earlier run left stays
        if rows is None:
            now = self._clock.now()
            rows = await parts.database.write("lab", lambda db: create(db, body, parts.keys, self._ids, now))
        elif rows.charge_box_id != body.charge_box_id:
            await asyncio.to_thread(parts.database.close)
            raise Refused("lab.folder_of_another", folder=str(folder), charge_box_id=rows.charge_box_id)
        station = Station(body, folder, parts, rows)
        await station.open(first)
        self.stations[body.charge_box_id] = station
        return station

    async def _open_folder(self, body: NewChargePoint) -> tuple[Path, Parts]:
        try:
            folder = await asyncio.to_thread(self._folder, body)
            return folder, await asyncio.to_thread(self._open, folder, asyncio.get_running_loop())
        except StoreLocked as error:
            raise Refused("lab.folder_in_use", folder=str(body.state_folder), detail=str(error)) from error
        except OSError as error:
            raise Refused("lab.folder_unusable", folder=str(body.state_folder), detail=str(error)) from error

    async def remove(self, station: Station) -> None:
        del self.stations[station.charge_box_id]
        await station.close()
        folder = self._own_folders.pop(station.charge_box_id, None)
        if folder is not None:
            await asyncio.to_thread(shutil.rmtree, folder)

    async def close(self) -> None:
        for station in list(self.stations.values()):
            await self.remove(station)

    def _folder(self, body: NewChargePoint) -> Path:
        if body.state_folder is not None:
            body.state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return body.state_folder
        folder = self._own_folders[body.charge_box_id] = Path(tempfile.mkdtemp(prefix="laadboek-lab-"))
        return folder

    def _open(self, folder: Path, loop: asyncio.AbstractEventLoop) -> Parts:
        database = open_database(folder / "laadboek.db", deliver=loop.call_soon_threadsafe)
        return Parts(database, load_keys(folder), Bus(), self._clock, self._timers, self._ids)
