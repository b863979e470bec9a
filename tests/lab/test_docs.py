"""docs/lab.md tells the routes that there are, and its curl lines work."""

import json
import re
import shlex
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "lab.md").read_text()


async def test_the_table_has_every_route_and_no_other(lab):
    spec = (await lab.http.get("/openapi.json")).json()
    served = {
        f"{method.upper()} {path.replace('{charge_box_id}', '{id}')}"
        for path, methods in spec["paths"].items()
        for method in methods
    }
    told = set(re.findall(r"^\| `([A-Z]+ /[^`]*)` \|", PAGE, re.MULTILINE))
    assert told == served


async def test_the_curl_lines_work(lab):
    cs = await lab.central_system()
    lines = [line for line in re.findall(r"^curl (?:.*\\\n)*.*", PAGE, re.MULTILINE)]
    assert len(lines) == 3
    for line in lines:
        words = shlex.split(line.replace("\\\n", " "))
        method, url = words[words.index("-X") + 1], next(word for word in words if word.startswith("localhost"))
        body = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
        if body and "backend_uri" in body:
            body["backend_uri"] = cs.uri
        answer = await lab.http.request(method, "/" + url.split("/", 1)[1], json=body)
        assert answer.is_success, (line, answer.text)
        if "backend_uri" in (body or {}):
            await cs.expect("BootNotification")
    await cs.expect("Authorize", idTag="ALICE")
    await cs.expect("StartTransaction", idTag="ALICE")
