"""Every route of the app, as it knows them itself: what each needs, how to ask for it, what its answer shows."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from canaries import Crowd
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from httpx2 import Response
from msgspec import Struct
from portal_house import NOW
from starlette.testclient import TestClient

from laadboek.portal.policy import Needs
from laadboek.rights import Right

# Objects of an account that a path names, and where their id stands.
OBJECTS = {
    "charger_id": "chargers.public_id",
    "session_id": "sessions.business.public_id",
    "site_id": "sites.public_id",
    "link": "links.public_id",
    "driver_id": "drivers.public_id",
    "channel_id": "notice_channels.public_id",
    "charge_point": "charge_points.public_id",
    "id_tag": "id_tags.id_tag",
    "transaction_id": "transactions.transaction_id",
    "operation_id": "operations.public_id",
    "user_id": "users.public_id",
    "token_id": "api_tokens.public_id",
    "invitation_id": "invitations.public_id",
    "sign_in": "sign_ins.public_id",
    "passkey_id": "passkeys.public_id",
    "schedule_id": "export_schedules.public_id",
    "notice_id": "notices.public_id",
}
# Words in paths that name no object of anybody.
WORDS = {
    "button": "plug",
    "provider": "google",
    "name": "start",
    "part": "contract",
    "group": "lock",
    "step": "location",
    "token": "a" * 43,
    "topic": "start",
    "what": "send",
}


class Route(Struct, frozen=True, kw_only=True):
    """`rights` None: it asks for nothing; empty: whoever is signed in."""

    method: str
    path: str
    rights: tuple[Right, ...] | None
    route: Any

    @property
    def of_api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)", self.path)

    @property
    def names_objects(self) -> bool:
        return any(name in OBJECTS for name in self.parameters)

    @property
    def streams(self) -> bool:
        """Goes on until the reader leaves."""
        return self.path.endswith("/stream")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes(client: TestClient) -> list[Route]:
    found = []
    pending = list(client.app.routes)  # type: ignore[attr-defined]
    while pending:
        route = pending.pop()
        if isinstance(route, APIRoute):
            rights = rights_of(route.dependant)
            found += [
                Route(method=method, path=route.path, rights=rights, route=route) for method in sorted(route.methods)
            ]
        else:
            pending += getattr(getattr(route, "original_router", None), "routes", [])
    return sorted(found, key=str)


def rights_of(dependant: Dependant) -> tuple[Right, ...] | None:
    for part in walked(dependant):
        if isinstance(part.call, Needs):
            return part.call.rights
    return None


def walked(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for part in dependant.dependencies:
        yield from walked(part)


def unplaced(found: list[Route]) -> list[str]:
    """Parameters of paths that this crawl cannot fill: add each to OBJECTS, or to WORDS."""
    return sorted({name for route in found for name in route.parameters if name not in OBJECTS | WORDS})


class Asking(Struct, frozen=True):
    """Asks for routes with the ids of an account."""

    client: TestClient
    crowd: Crowd
    schema: Mapping[str, Any]  # the API's own description: bodies are made from it
    headers: Mapping[str, str] = {}

    def ask(self, route: Route, **more: Any) -> Response:
        sent = dict(self.headers) | more.pop("headers", {})
        body = self.body(route) if route.method in ("POST", "PUT", "PATCH") and not more else {}
        return self.client.request(route.method, self.address(route), headers=sent, **body, **more)

    def address(self, route: Route) -> str:
        ids = {name: str(self.crowd.values[where]) for name, where in OBJECTS.items()}
        path = re.sub(r"{(\w+)(:\w+)?}", lambda found: (ids | WORDS)[found[1]], route.path)
        wanted = {one.alias: str(QUERY[one.alias]) for one in route.route.dependant.query_params if one.alias in QUERY}
        return path + ("?" + "&".join(f"{name}={value}" for name, value in wanted.items()) if wanted else "")

    def body(self, route: Route) -> dict[str, Any]:
        if not route.of_api:
            return {"data": FORMS}
        described = self.schema["paths"].get(route.path, {}).get(route.method.lower(), {})
        content = described.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return {}
        made = self.example(content["application/json"]["schema"], "")
        return {"json": BODIES.get(route.path, made)}

    def example(self, schema: Mapping[str, Any], name: str) -> Any:
        """A value that the schema allows, with the account's own ids wherever one is asked for."""
        if "$ref" in schema:
            return self.example(self.schema["components"]["schemas"][schema["$ref"].rpartition("/")[2]], name)
        if name in OBJECTS:
            return self.crowd.values[OBJECTS[name]]
        if name in VALUES:
            return VALUES[name]
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self.example(next(one for one in schema[several] if one.get("type") != "null"), name)
        if "const" in schema or "enum" in schema:
            return schema.get("const") or schema["enum"][0]
        match schema.get("type"):
            case "object":
                wanted = set(schema.get("required", ())) | (set(schema.get("properties", ())) & set(OBJECTS))
                parts = schema.get("properties", {})
                return {one: self.example(parts[one], one) for one in sorted(wanted)}
            case "array":
                return [self.example(schema["items"], name)]
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
        return NOW.isoformat() if schema.get("format") == "date-time" else "x" * schema.get("minLength", 1)


# What the year around the houses' sessions is called in queries, and bodies that a schema does not tell.
QUERY: dict[str, object] = {"period": "year", "date": date(2026, 11, 23)}
VALUES: dict[str, Any] = {
    "pin": "90210",
    "authorization_key": None,
    "email": "eve@example.org",
    "backend_uri": "ws://platform.example/",
    "address": "https://hooks.example/x",
    "time_zone": "Europe/Amsterdam",
}
BODIES: dict[str, Any] = {
    "/api/v1/charge-points/{charge_point}/operations": {"action": "ClearCache"},
    "/api/v1/chargers/{charger_id}/site": {"site_id": None},
    "/api/v1/chargers/{charger_id}/boost": {"energy_wh": 5000},
    "/api/v1/chargers/{charger_id}/goal": {"energy_wh": 5000},
    "/api/v1/exports/{schedule_id}": {"enabled": False},
    "/api/v1/sites/{site_id}/prices": {"file": "starts_at,eur_per_kwh"},
    "/api/v1/chargers/{charger_id}/settings": {"settings": {"LimitA": "6"}},
    "/api/v1/links/{link}/keys": {"keys": {"HeartbeatInterval": "60"}},
}
FORMS = {
    "kind": "private",
    "mode": "fast",
    "pin": "12345",
    "language": "en",
    "kwh": "10",
    "odometer_km": "1000",
    "role": "household",
    "email": "eve@example.org",
    "name": "x",
    "code": "123456",
    "password": "Correct-horse-7",
    "current": "Correct-horse-7",
    "repeated": "Correct-horse-7",
}


def text_of(answer: Response) -> str:
    """What a person could read in it, also inside workbooks and archives; in small letters."""
    if answer.content[:4] != b"PK\x03\x04":
        return answer.text.lower()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        parts = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    return "\n".join(archive.namelist() + parts).lower()


def indecent(answer: Response) -> str | None:
    """What an answer lacks of the headers that every one carries; None: nothing."""
    headers = answer.headers
    policy = headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy or "unsafe" in policy:
        return f"content-security-policy: {policy}"
    if headers.get("x-content-type-options") != "nosniff":
        return "x-content-type-options"
    if headers.get("cache-control") != "no-store":
        return f"cache-control: {headers.get('cache-control')}"
    return None if headers.get("referrer-policy") == "same-origin" else "referrer-policy"
