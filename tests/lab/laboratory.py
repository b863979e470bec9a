"""The lab in process, as a stranger uses it: by its HTTP API; its charge points call a central system of the test."""

import asyncio

from central_system import CallError, CentralSystem
from httpx2 import ASGITransport, AsyncClient

from laadboek.lab.api import create_app
from laadboek.lab.bench import Bench

PATIENCE_S = 60


class Laboratory:
    """Opened and closed around each test by conftest."""

    async def __aenter__(self):
        self._bench = Bench()
        self.app = create_app(self._bench)
        self.http = AsyncClient(transport=ASGITransport(self.app), base_url="http://lab")
        self.central_systems = []
        return self

    async def __aexit__(self, kind, error, traceback):
        await self.http.aclose()
        await self._bench.close()
        for central_system in self.central_systems:
            await central_system.stop()
        if kind is None:
            assert [problem for each in self.central_systems for problem in each.problems] == []

    async def central_system(self, **options):
        central_system = CentralSystem(**options)
        await central_system.start()
        self.central_systems.append(central_system)
        return central_system

    async def charge_point(self, central_system, charge_box_id="LAB-1", **body):
        """Create it; it may not have connected yet."""
        wanted = {"charge_box_id": charge_box_id, "backend_uri": central_system.uri, **body}
        wanted.setdefault("reconnect", {"first_s": 0.1, "cap_s": 0.1})
        answer = await self.http.post("/charge-points", json=wanted)
        assert answer.status_code == 201, answer.text
        return ChargePoint(self.http, charge_box_id, central_system)

    async def booted(self, **body):
        """A central system and a charge point that has booted and told both statuses."""
        central_system = await self.central_system()
        answers = body.pop("answers", {})
        central_system.answers |= answers
        charge_point = await self.charge_point(central_system, **body)
        await central_system.expect("BootNotification")
        await central_system.statuses(0, "Available")
        await central_system.statuses(1, "Available")
        return central_system, charge_point


class ChargePoint:
    """One charge point of the lab: its routes, and the states in which certification cases begin."""

    def __init__(self, http, charge_box_id, central_system):
        self._http, self.charge_box_id, self.central_system = http, charge_box_id, central_system

    async def ask(self, method, path="", body=None, **query):
        return await self._http.request(
            method, f"/charge-points/{self.charge_box_id}{path}", json=body, params=query or None
        )

    async def do(self, method, path="", body=None, **query):
        answer = await self.ask(method, path, body, **query)
        assert answer.status_code in (200, 204), f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def state(self):
        return await self.do("GET")

    async def until(self, condition, what):
        """Poll its state until the condition holds."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while not condition(state := await self.state()):
            assert asyncio.get_running_loop().time() < deadline, f"waited in vain until {what}: {state}"
            await asyncio.sleep(0.02)
        return state

    async def plug_in(self, side="both"):
        return await self.do("POST", "/plug-in", {"side": side})

    async def unplug(self, side="both"):
        return await self.do("POST", "/unplug", {"side": side})

    async def tag(self, id_tag):
        return await self.do("POST", "/present-tag", {"id_tag": id_tag})

    # --- states in which cases begin (test case document, "reusable states") ---

    async def set(self, **keys):
        for key, value in keys.items():
            answer = await self.central_system.call("ChangeConfiguration", key=key, value=value)
            assert answer == {"status": "Accepted"}, (key, value, answer)

    async def charging(self, id_tag="TAG1"):
        """Cable first, then a remote start; return StartTransaction and the transaction id."""
        cs = self.central_system
        await self.plug_in()
        await cs.statuses(1, "Preparing")
        assert await cs.call("RemoteStartTransaction", idTag=id_tag, connectorId=1) == {"status": "Accepted"}
        start = await cs.expect("StartTransaction")
        assert (start["idTag"], start["connectorId"]) == (id_tag, 1)
        await cs.statuses(1, "Charging")
        return start, await self.transaction_id()

    async def charging_locally(self, id_tag="TAG1"):
        """The same with a tag at the reader."""
        cs = self.central_system
        await self.plug_in()
        await cs.statuses(1, "Preparing")
        await self.tag(id_tag)
        await cs.expect("Authorize", idTag=id_tag)
        start = await cs.expect("StartTransaction")
        await cs.statuses(1, "Charging")
        return start, await self.transaction_id()

    async def id_tag_cached(self, id_tag="TAG1"):
        """A whole session has passed: the tag is in the cache, the connector is free."""
        await self.charging_locally(id_tag)
        await self.tag(id_tag)
        await self.central_system.expect("StopTransaction")
        await self.central_system.statuses(1, "Finishing")
        await self.unplug()
        await self.central_system.statuses(1, "Available")

    async def transaction_id(self):
        state = await self.until(lambda s: s["connectors"][0]["transaction_id"] is not None, "it has a transaction id")
        return state["connectors"][0]["transaction_id"]


__all__ = ["CallError", "ChargePoint", "Laboratory"]
