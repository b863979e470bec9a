"""The examples of `docs/platform.md`, as a reader would try them, one after the other."""

import json
import re
import shlex
from pathlib import Path

import httpx2
from served import Served

PAGE = (Path(__file__).parents[2] / "docs" / "platform.md").read_text()
OF_SOMEBODY_ELSE = ("op_0123456789abcdef", "1234567890")  # ids in examples that no reader has


def curls() -> list[list[str]]:
    [block] = [block for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if "curl" in block]
    lines = block.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith("curl")]


def test_every_example_works(api: httpx2.Client) -> None:
    examples = curls()
    assert len(examples) > 15
    for words in examples:
        [path] = [word.removeprefix("$API") for word in words if word.startswith("$API")]
        body = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
        method = words[words.index("-X") + 1] if "-X" in words else "POST" if body else "GET"
        if body and "wait" in body:
            body["wait"] = False  # there is no charger behind the examples
        answer = api.request(method, path, json=body)
        expected = {404} if path.endswith(OF_SOMEBODY_ELSE) else {200, 201, 204}
        assert answer.status_code in expected, (words, answer.text)


def test_the_three_steps_are_commands(served: Served) -> None:
    words = re.findall(r"^ *laadboek (charge-points|id-tags) (add|list)(.*)$", PAGE, re.MULTILINE)
    assert len(words) == 3
    for group, command, rest in words:
        name = rest.replace("GARAGE", "STEPS").split()
        assert served.command(group, command, *name).exit_code == 0, (group, command, name)


def test_every_action_that_is_listed_can_be_asked(api: httpx2.Client) -> None:
    listed = re.search(r"\*\*Operations\*\*: (.*?)\. `payload`", PAGE, re.DOTALL)
    assert listed is not None
    actions = listed[1].replace("\n", " ").split(", ")
    assert len(actions) == 12
    api.post("/charge-points", json={"charge_box_id": "LISTED"})
    for action in actions:
        answer = api.post("/charge-points/LISTED/operations", json={"action": action.strip(), "payload": {"x": 1}})
        assert answer.status_code in (201, 422) and answer.json().get("code") != "operation.unknown_action"
