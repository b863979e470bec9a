"""Commands for the links of hosted chargers to platforms. They ask the running server over its API."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

import typer

from .cli_options import AsJson, Data, Pairs, pairs
from .cli_platform import Server, as_set, show, table

links_app = typer.Typer(no_args_is_help=True, help="Links of our chargers to platforms.")

KeyFile = Annotated[typer.FileText | None, typer.Option(help="File with the authorization key, - for standard input.")]
Role = Annotated[
    Literal["control", "report"] | None, typer.Option(help="control (one per charger) or report. New: report.")
]
User = Annotated[str | None, typer.Option(help="User name; usually the ChargeBoxID.")]
Rule = Annotated[
    Literal["all", "business", "drivers"] | None,
    typer.Option(help="Which sessions it gets. New: all, private ones too."),
]
Drivers = Annotated[list[str] | None, typer.Option("--driver", help="With --rule drivers: drv_…; repeatable.")]
FixedTag = Annotated[str | None, typer.Option(help="Id tag of all its transactions; empty: the driver's own.")]
Register = Annotated[Literal["link", "physical"] | None, typer.Option(help="Whose register it shows. New: link.")]
Decides = Annotated[Literal["platform", "local"] | None, typer.Option(help="Who decides who may charge. New: local.")]
Profile = Annotated[int | None, typer.Option(min=0, max=3, help="Security profile. New: 0.")]
Roots = Annotated[
    list[typer.FileText] | None,
    typer.Option("--root", help="File (PEM) with an authority that vouches for the platform; repeatable."),
]
Subprotocol = Annotated[
    bool | None, typer.Option("--require-subprotocol/--any-subprotocol", help="ocpp1.6 or nothing.")
]
Boot = Annotated[bool | None, typer.Option("--boot-on-reconnect/--no-boot-on-reconnect", help="For old platforms.")]
NAMES = "Public id or ChargeBoxID."
Link = Annotated[str, typer.Argument(help=NAMES)]


@links_app.command("list")
def list_links(data: Data = None, as_json: AsJson = False) -> None:
    """All of them: where they lead, what for, how they are."""
    found = Server(data).ask("GET", "links")["links"]
    columns = ("id", "charger_name", "charge_box_id", "role", "rule", "lifecycle", "state", "backend_uri")
    rows = [{**link, "rule": link["routing"]["rule"]} for link in found]
    show(found, as_json, lambda: table(rows, columns))


@links_app.command("add")
def add_link(
    charge_box_id: str,
    uri: Annotated[str, typer.Option(help="Backend URI: ws:// or wss://; the ChargeBoxID is appended.")],
    data: Data = None,
    charger: Annotated[str | None, typer.Option(help="chg_…; not needed when there is one.")] = None,
    role: Role = None,
    user: User = None,
    key_file: KeyFile = None,
    rule: Rule = None,
    driver: Drivers = None,
    fixed_tag: FixedTag = None,
    register: Register = None,
    decides: Decides = None,
    security_profile: Profile = None,
    root: Roots = None,
    require_subprotocol: Subprotocol = None,
    boot_on_reconnect: Boot = None,
    as_json: AsJson = False,
) -> None:
    """Connect a charger to one more platform. It hears of sessions from the next one on."""
    body = wanted(
        user, key_file, rule, driver, fixed_tag, root,
        role=role, register=register, decides=decides, security_profile=security_profile,
        require_subprotocol=require_subprotocol, boot_on_reconnect=boot_on_reconnect,
    )  # fmt: skip
    body |= {"charge_box_id": charge_box_id, "backend_uri": uri}
    added = Server(data).ask("POST", "links", body if charger is None else {**body, "charger_id": charger})
    show(added, as_json, lambda: greeting(added))


@links_app.command("change")
def change_link(
    link: Link,
    data: Data = None,
    uri: Annotated[str | None, typer.Option(help="Another address: a new link, the old one drains.")] = None,
    charge_box_id: Annotated[str | None, typer.Option(help="Another name: a new link, the old one drains.")] = None,
    role: Role = None,
    user: User = None,
    key_file: KeyFile = None,
    rule: Rule = None,
    driver: Drivers = None,
    fixed_tag: FixedTag = None,
    register: Register = None,
    decides: Decides = None,
    security_profile: Profile = None,
    root: Roots = None,
    require_subprotocol: Subprotocol = None,
    boot_on_reconnect: Boot = None,
    as_json: AsJson = False,
) -> None:
    """Choose differently; what is not named stays."""
    body = wanted(
        user, key_file, rule, driver, fixed_tag, root,
        backend_uri=uri, charge_box_id=charge_box_id, role=role, register=register, decides=decides,
        security_profile=security_profile, require_subprotocol=require_subprotocol, boot_on_reconnect=boot_on_reconnect,
    )  # fmt: skip
    server = Server(data)
    former = server.ask("GET", place(link))["id"]
    changed = server.ask("PATCH", place(former), body)
    show(changed, as_json, lambda: f"{changed['id']} is changed." + replaced(former, changed["id"]))


def replaced(former: str, now: str) -> str:
    if former == now:
        return ""
    return f" It is a new link; {former} delivers what it has and is removed then."


@links_app.command("pause")
def pause_link(link: Link, data: Data = None, as_json: AsJson = False) -> None:
    """Take it off the air. What its platform shall be told is kept."""
    paused = Server(data).ask("POST", f"{place(link)}/pause")
    show(paused, as_json, lambda: f"{paused['id']} is off the air. Its messages are kept.")


@links_app.command("resume")
def resume_link(link: Link, data: Data = None, as_json: AsJson = False) -> None:
    """Put it on the air again; also one that was removed."""
    resumed = Server(data).ask("POST", f"{place(link)}/resume")
    show(resumed, as_json, lambda: f"{resumed['id']} is on the air again.")


@links_app.command("remove")
def remove_link(link: Link, data: Data = None, as_json: AsJson = False) -> None:
    """End it. Its transaction stops, what it has not delivered is set aside."""
    removed = Server(data).ask("DELETE", place(link))
    show(removed, as_json, lambda: f"{removed['id']} is removed; {removed['set_aside']} messages are set aside.")


@links_app.command("status")
def link_status(
    link: Annotated[str | None, typer.Argument(help=f"{NAMES} Without one: all.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """How it is, what waits, and what was set aside and why."""
    server = Server(data)
    names = [link] if link is not None else [one["id"] for one in server.ask("GET", "links")["links"]]
    found = [server.ask("GET", place(name)) for name in names]
    show(found, as_json, lambda: "\n\n".join("\n".join(described(one)) for one in found))


@links_app.command("replay")
def replay_link(
    link: Link,
    data: Data = None,
    session: Annotated[str | None, typer.Option(help="Only what belongs to this session: ses_….")] = None,
    as_json: AsJson = False,
) -> None:
    """Try again what was set aside, in order."""
    done = Server(data).ask("POST", f"{place(link)}/replay", {"session_id": session})
    show(
        done,
        as_json,
        lambda: f"{done['queued']} messages wait for {done['charge_box_id']}, {done['set_aside']} are set aside.",
    )


@links_app.command("keys")
def list_keys(link: Link, data: Data = None, as_json: AsJson = False) -> None:
    """The OCPP keys of one link, as its platform can read them."""
    found = Server(data).ask("GET", f"{place(link)}/keys")["keys"]
    show(found, as_json, lambda: table(found, ("name", "value", "writable")))


@links_app.command("set")
def choose_keys(link: Link, wanted: Pairs, data: Data = None, as_json: AsJson = False) -> None:
    """Set one or several OCPP keys of a link at once; if one is refused, none is changed."""
    values = pairs(wanted)
    now = Server(data).ask("PATCH", f"{place(link)}/keys", {"keys": values})["keys"]
    names = {name.lower() for name in values}
    chosen = [one for one in now if one["name"].lower() in names]
    show(chosen, as_json, lambda: as_set(chosen))


# --- parts ---


def greeting(added: dict[str, Any]) -> str:
    """What a new link does, and where its state is seen."""
    return (
        f"{added['id']}: {added['charge_box_id']} at {added['backend_uri']} is a {added['role']} link and gets "
        f"{added['routing']['rule']} sessions, from the next one on.\n"
        f"How it is: laadboek links status {added['id']}"
    )


def place(link: str) -> str:
    return f"links/{quote(link, safe='')}"


def wanted(
    user: str | None,
    key_file: typer.FileText | None,
    rule: str | None,
    drivers: list[str] | None,
    fixed_tag: str | None,
    roots: list[typer.FileText] | None,
    **plain: object,
) -> dict[str, Any]:
    """The body that says what was named on the command line."""
    body: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
    if user is not None:
        body["user_name"] = user or None
    if key_file is not None:
        body["authorization_key"] = key_file.read().strip() or None
    if rule is not None or drivers:
        body["routing"] = {"rule": rule or "drivers", "drivers": drivers or []}
    if fixed_tag is not None:
        body["fixed_tag"] = fixed_tag or None
    if roots is not None:
        body["roots"] = [file.read() for file in roots]
    return body


def described(link: dict[str, Any]) -> list[str]:
    """One link in lines."""
    now = datetime.now(UTC)
    waits = f", the oldest for {age(link['oldest_at'], now)}" if link["oldest_at"] else ""
    heard = f"{age(link['heard_at'], now)} ago" if link["heard_at"] else "never since the start"
    lines = [
        f"{link['id']}  {link['charge_box_id']} of {link['charger_name']}",
        f"  role       {link['role']}, {link['routing']['rule']} sessions",
        f"  where      {link['backend_uri']}",
        f"  state      {link['state']}" + (f": {link['why']}" if link["why"] else ""),
        f"  heard      {heard}",
        f"  queued     {link['queued']}{waits}",
    ]
    if link["refusals"]:
        lines.append(f"             the first met with an error {link['refusals']} times, last: {link['last_error']}")
    lines.append(f"  set aside  {link['set_aside']}")
    for message in link["set_aside_messages"]:
        lines.append(
            f"    {message['number']:>6}  {message['action']:<16} {message['session_id']}"
            f"  attempts: {message['attempts']}, {message['error']} {message['description']}".rstrip()
        )
    return lines


def age(instant: str, now: datetime) -> str:
    """A duration as a person says it."""
    seconds = max(0, int((now - datetime.fromisoformat(instant)).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
