"""What the outbound guard lets out: every spelling of an address that must not be reached, and a connect hook that sees
every connection that anything here tries to open."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire import Heard, Peer

from laadboek.runtime.guard import (
    DENIED_PORTS,
    Forbidden,
    Guard,
    Pinned,
    Purpose,
    Unresolved,
    embedded,
    open_socket,
    parse,
)
from laadboek.runtime.picows_socket import OpenSockets, connect
from laadboek.runtime.socket import Target
from laadboek.secret import Secret
from laadboek.settings import HOME_NETWORKS


def words(text: str) -> list[str]:
    return text.split()


PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]

# Networks that no user's address may lead to, with addresses at their edges.
FORBIDDEN_V4 = words("""
0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.1.2.3 10.255.255.255 100.64.0.0 100.64.0.1 100.100.100.200 100.127.255.255
127.0.0.0 127.0.0.1 127.0.1.1 127.1.2.3 127.255.255.255 169.254.0.1 169.254.169.254 169.254.170.2 169.254.169.123
169.254.255.255 172.16.0.0 172.16.0.1 172.20.10.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1
192.168.0.0 192.168.1.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 224.0.0.251
239.255.255.250 239.255.255.255 240.0.0.1 250.1.2.3 255.255.255.254 255.255.255.255
""")
FORBIDDEN_V6 = words("""
:: ::1 0:0:0:0:0:0:0:1 0000:0000:0000:0000:0000:0000:0000:0001 ::0:1 fc00:: fc00::1 fd00::1 fd00:ec2::254 fd00:ec2::23
fd20:ce::254 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe80::1 fe80::a9fe:a9fe febf::1 fec0::1 feff::1 ff02::1 ff02::fb
ff0e::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 100::1 2001::1 2001:0:53aa:64c:0:5efe:7f00:1 2001:db8::1 3fff::1
2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe:: 2002:c0a8:101::1 2002:808:808::1 64:ff9b:1::7f00:1 5f00::1
""")
MAPPED = words("127.0.0.1 10.0.0.1 169.254.169.254 192.168.1.1 172.16.0.1 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255")
PREFIXES = ["::ffff:{}", "0:0:0:0:0:ffff:{}", "::FFFF:{}", "64:ff9b::{}", "::{}"]
HEX_MAPPED = ["::ffff:7f00:1", "::ffff:a00:1", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "::7f00:1"]

# Other spellings of 127.0.0.1, 10.0.0.1 and 169.254.169.254, as resolvers, browsers and people read them.
SPELLINGS = words("""
127.1 127.0.1 127.0.0.1. 2130706433 017700000001 0177.0.0.1 0177.0.0.01 00000177.0.0.1 127.0.0.01 127.00.0.1 0x7f.0.0.1
0x7f.1 0x7f000001 0x7F000001 0X7f000001 0x7f.0x0.0x0.0x1 0x7f.0.1 0x0000007f.0.0.1 127.0.0.0x1 127.0.0x1 0177.1 0.0
0 00 0x0 0x 10.1 10.0.1 012.0.0.1 0xa.0.0.1 167772161 0xa000001 2852039166 0xa9fe a9fe.0xa9fe 0xa9fea9fe
0xa9.0xfe.0xa9.0xfe 0251.0376.0251.0376 0251.254.169.254 169.254.43518 169.16689662 169.254.169.254.
3232235777 192.168.257 192.11010305
127.0.0.256 127.0.0.1.1 1.2.3 256 256.1.1.1 4294967296 99999999999 -1 1.2.3.-4 127.0.0. .127.0.0.1 127..0.1
""")
UNICODE = [
    "①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "１２７。０。０。１", "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "𝟭𝟮𝟳.𝟬.𝟬.𝟭", "𝟣𝟤𝟩.𝟢.𝟢.𝟣", "𝟷𝟸𝟽.𝟶.𝟶.𝟷", "¹²⁷.⁰.⁰.¹", "₁₂₇.₀.₀.₁", "⑯⑨.②⑤④.①⑥⑨.②⑤④", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "ｌｏｃａｌｈｏｓｔ",
    "𝓁𝑜𝒸𝒶𝓁𝒽𝑜𝓈𝓉", "LOCALHOST", "localhost", "Localhost.", "loc\u00adalhost", "loc\u200balhost", "localhost\u3002",
    "⑩.0.0.1", "１０.０.０.１", "１９２.１６８.１.１", "١٢٧.٠.٠.١",
]  # fmt: skip

# Whole addresses that are no addresses, or that two readers would read differently.
MALFORMED = [
    "", " ", "wss", "wss:", "wss:/", "wss://", "wss:///", "wss:///path", "wss:example.com", "wss:/example.com",
    "//example.com/", "/example.com", "example.com", "example.com:443", "wss://?", "wss://#", "wss://:443/", "wss://@/",
    "wss://.", "wss://..", "wss://-", "wss://a..b/", "wss://-a.example/", "wss://a-.example/", "wss://exa mple.com/",
    " wss://example.com/", "wss://example.com/ ", "wss://example.com/\r\nHost: 10.0.0.1", "wss://example.com\t/",
    "wss://example.com\n/", "wss://exam\tple.com/", "wss://example.com\\@127.0.0.1/", "wss://example.com\\.127.0.0.1/",
    "wss:\\\\example.com\\", "wss://127.0.0.1\\@example.com/", "wss://example.com/#@127.0.0.1", "wss://example.com#/",
    "wss://example.com#@127.0.0.1/", "wss://user@example.com/", "wss://user:pass@example.com/", "wss://:@example.com/",
    "wss://@example.com/", "wss://a@b@127.0.0.1/", "wss://example.com@127.0.0.1/", "wss://127.0.0.1@example.com/",
    "wss://example.com:80@127.0.0.1/", "wss://example.com%40127.0.0.1/", "wss://127.0.0.1%2f.example.com/",
    "wss://%31%32%37.0.0.1/", "wss://127%2e0%2e0%2e1/", "wss://local%68ost/", "wss://%6c%6f%63%61%6c/", "wss://%00/",
    "wss://example.com%00.127.0.0.1/", "wss://example.com\x00/", "wss://example.com\x7f/", "wss://example.com\x85/",
    "wss://[::1/", "wss://::1/", "wss://[::1]x/", "wss://[::1]]/", "wss://[[::1]]/", "wss://[127.0.0.1]/", "wss://[]/",
    "wss://[v1.x]/", "wss://[fe80::1%25eth0]/", "wss://[fe80::1%eth0]/", "wss://[::1%]/", "wss://[localhost]/",
    "wss://[::ffff:127.0.0.1.]/", "wss://[:::1]/", "wss://[1::2::3]/", "wss://[::12345]/", "wss://[::ffff:0177.0.0.1]/",
    "wss://example.com:port/", "wss://example.com:-1/", "wss://example.com:65536/",
    "wss://example.com:99999999/", "wss://example.com:4 43/", "wss://example.com:0x1bb/", "wss://example.com:４４３/",
    "wss://example.com:443:443/", "wss://example.com:+443/", "wss://a_b..c/", "wss://exämple..com/", "wss://xn--/",
    "wss://xn--a/", "wss://ℝ\u2024example/", "wss://" + "a" * 64 + ".example/", "wss://" + "a." * 130 + "example/",
    "wss://example.com/" + "a" * 2_100, "wss://example.com/é", "wss://example.com/{x}", "wss://example.com/|", "wss://<b>/",
    "wss://example.com/`id`", 'wss://example.com/"', "wss://[::1]:443", "wss://127.0.0.1:443",
]  # fmt: skip
SCHEMES = words("""
http https ftp file gopher data javascript ldap dict jar netdoc tftp ssh sftp telnet smb unix ws+unix wsss w news imap
redis mailto about blob php phar expect view-source
""")
BAD_PORTS = [
    0,
    1,
    7,
    20,
    23,
    25,
    53,
    69,
    111,
    123,
    135,
    139,
    143,
    389,
    445,
    465,
    587,
    636,
    989,
    993,
    1023,
    *sorted(DENIED_PORTS),
]
METADATA = words("169.254.169.254 169.254.170.2 100.100.100.200 fd00:ec2::254 fd20:ce::254 ::ffff:169.254.169.254")


def bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def backend_uris() -> list[str]:
    hosts = [*FORBIDDEN_V4, *map(bracketed, FORBIDDEN_V6), *map(bracketed, HEX_MAPPED), *SPELLINGS, *UNICODE]
    hosts += [f"[{prefix.format(v4)}]" for prefix in PREFIXES for v4 in MAPPED]
    uris = [f"wss://{host}/ocpp/" for host in hosts]
    uris += [f"{scheme}://example.com/ocpp/" for scheme in SCHEMES]
    uris += [f"wss://example.com:{port}/ocpp/" for port in BAD_PORTS]
    return uris + MALFORMED


def transfer_uris() -> list[str]:
    hosts = [*FORBIDDEN_V4[:20], *map(bracketed, FORBIDDEN_V6[:12]), *SPELLINGS[:20], *UNICODE[:8]]
    uris = [f"{scheme}://{who}{host}/f" for host in hosts for scheme, who in (("http", ""), ("ftp", "user:pass@"))]
    uris += [f"{scheme}://example.com/f" for scheme in ("file", "sftp", "gopher", "ws", "wss", "data", "ldap", "dict")]
    uris += [
        f"ftp://{who}@example.com/f" for who in ("a%0d%0aDELE x", "a:b%0ac", "a:%00", "a%0d", "a%3Ab:c", "a@b", "é%0a")
    ]
    uris += [f"https://example.com:{port}/f" for port in BAD_PORTS]
    return [*uris, "C:", "C:\\logs", "file:///etc/passwd", "FILE:///etc/passwd", "/etc/passwd", "ftp://", "http://"]


async def nowhere(host: str, port: int) -> list[str]:
    """As the system's resolver would: numbers in any spelling mean themselves, `localhost` the loopback."""
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except OSError:
        return ["127.0.0.1", "::1"] if host.rstrip(".") == "localhost" else list(PUBLIC)


class Hook:
    """Every address that anything tries to connect to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tried: list[str] = []
        for name in ("connect", "connect_ex"):
            monkeypatch.setattr(f"socket.socket.{name}", self._refusing, raising=False)
        self._patch = monkeypatch

    def _refusing(self, where: tuple[str, int]) -> int:
        self.tried.append(where[0])
        raise ConnectionRefusedError("hooked")

    def on(self, loop: asyncio.AbstractEventLoop) -> None:
        async def sock_connect(sock: socket.socket, where: tuple[str, int]) -> None:
            self.tried.append(where[0])
            raise ConnectionRefusedError("hooked")

        async def create_connection(*_: object, **given: object) -> None:
            assert given.get("sock") is not None, "connects by itself"

        self._patch.setattr(loop, "sock_connect", sock_connect, raising=False)
        self._patch.setattr(loop, "create_connection", create_connection, raising=False)


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Hook:
    return Hook(monkeypatch)


async def attempt(guard: Guard, uri: str, purpose: Purpose) -> Pinned:
    """Judge, then dial what was judged."""
    pinned = await guard.admit(uri, purpose)
    with pytest.raises(ConnectionRefusedError):
        await open_socket(pinned)
    return pinned


def test_there_are_more_than_three_hundred_vectors() -> None:
    assert len(set(backend_uris())) + len(set(transfer_uris())) > 400
    assert len(set(backend_uris())) > 300


@pytest.mark.parametrize(
    ("purpose", "vectors"),
    [(Purpose.BACKEND, backend_uris), (Purpose.TRANSFER, transfer_uris)],
    ids=["backend", "transfer"],
)
def test_none_of_the_vectors_is_ever_dialled(hook: Hook, purpose: Purpose, vectors: Callable[[], list[str]]) -> None:
    async def story() -> None:
        hook.on(asyncio.get_running_loop())
        guard, let_out = Guard(resolve=nowhere), []
        for uri in vectors():
            try:
                await attempt(guard, uri, purpose)
            except (Forbidden, Unresolved):
                continue
            let_out.append(uri)
        assert let_out == []
        assert hook.tried == []

    asyncio.run(story())


GOOD = [
    ("wss://example.com/ocpp/", "wss://example.com/ocpp/"),
    ("wss://EXAMPLE.com", "wss://example.com/"),
    ("WSS://example.com./a?b=c", "wss://example.com/a?b=c"),
    ("ws://example.com:8080/x", "ws://example.com:8080/x"),
    ("ws://example.com:80/", "ws://example.com/"),
    ("wss://example.com:1024/", "wss://example.com:1024/"),
    ("wss://example.com:65535/", "wss://example.com:65535/"),
    ("wss://münchen.example/ocpp/", "wss://xn--mnchen-3ya.example/ocpp/"),
    ("wss://my_charger.example/", "wss://my_charger.example/"),
    ("wss://93.184.215.14/", "wss://93.184.215.14/"),
    ("wss://[2606:2800:021F:cb07:6820:80da:af6b:8b2c]:443/", "wss://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/"),
    ("wss://[64:ff9b::808:808]/", "wss://[64:ff9b::808:808]/"),
    ("wss://[::ffff:8.8.8.8]/", "wss://[::ffff:808:808]/"),
    ("wss://example.com:/x", "wss://example.com/x"),
]


@pytest.mark.parametrize(("uri", "canonical"), GOOD)
def test_an_ordinary_address_is_dialled_where_it_was_judged(hook: Hook, uri: str, canonical: str) -> None:
    async def story() -> None:
        hook.on(asyncio.get_running_loop())
        pinned = await attempt(Guard(resolve=nowhere), uri, Purpose.BACKEND)
        assert pinned.place.uri == canonical
        assert hook.tried == list(pinned.addresses)

    asyncio.run(story())


@pytest.mark.parametrize("address", [*FORBIDDEN_V4, *FORBIDDEN_V6, *HEX_MAPPED, "::ffff:10.0.0.1", "fe80::1%eth0", "?"])
def test_one_forbidden_address_among_good_ones_spoils_the_name(hook: Hook, address: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return [*PUBLIC, address]

    async def story() -> None:
        hook.on(asyncio.get_running_loop())
        with pytest.raises(Forbidden) as refused:
            await attempt(Guard(resolve=resolve), "wss://rebind.example/", Purpose.BACKEND)
        assert refused.value.code == "address"
        assert hook.tried == []

    asyncio.run(story())


def test_an_answer_that_changes_after_the_check_is_harmless(hook: Hook) -> None:
    """DNS rebinding: the name is asked once per connection, and what was judged is what is dialled."""
    answers = [[PUBLIC[0]], ["127.0.0.1"], [PUBLIC[1]], ["169.254.169.254"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    async def story() -> None:
        hook.on(asyncio.get_running_loop())
        guard = Guard(resolve=rebinding)
        heard = Heard()
        where = Target("ws://rebind.example/ocpp/", "CP-1", "CP-1", Secret(""))
        for code in ("refused", "forbidden_address", "refused", "forbidden_address"):
            heard = Heard()
            await connect(where, heard, OpenSockets(), guard)
            assert heard.refusal is not None and heard.refusal.code == code
        assert hook.tried == PUBLIC
        assert answers == []

    asyncio.run(story())


def test_a_redirect_is_not_followed() -> None:
    """Attack: the platform sends us on to an address inside."""
    inside: list[str] = []

    async def redirecting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        await peer.head()
        peer.send(f"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:{ports[1]}/\r\nContent-Length: 0\r\n\r\n".encode())
        peer.hang_up()

    async def secret_service(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside.append("reached")
        writer.close()

    ports: list[int] = []

    async def story() -> None:
        servers = [await asyncio.start_server(serve, "127.0.0.1", 0) for serve in (redirecting, secret_service)]
        ports.extend(server.sockets[0].getsockname()[1] for server in servers)
        heard = Heard()
        where = Target(f"ws://127.0.0.1:{ports[0]}/ocpp/", "CP-1", "CP-1", Secret(""))
        await connect(where, heard, OpenSockets(), Guard(["127.0.0.0/8"]))
        assert heard.refusal is not None
        assert (heard.refusal.code, heard.refusal.status) == ("http", 302)
        for server in servers:
            server.close()
            await server.wait_closed()

    asyncio.run(story())
    assert inside == []


def judged(guard: Guard, address: str) -> bool:
    try:
        guard.check_address(address)
    except Forbidden:
        return False
    return True


def test_the_operator_opens_the_home_network_and_nothing_else() -> None:
    home = Guard(HOME_NETWORKS)
    assert all(judged(home, text) for text in ("192.168.1.7", "10.0.0.1", "172.31.255.255", "fd12:3456::1"))
    assert not any(
        judged(home, text) for text in ("127.0.0.1", "::1", "100.64.0.1", "169.254.1.1", "fe80::1", "0.0.0.0")
    )
    assert not judged(Guard(), "192.168.1.7")


@pytest.mark.parametrize("address", METADATA)
def test_no_setting_opens_a_clouds_metadata(address: str) -> None:
    assert not judged(Guard(["0.0.0.0/0", "::/0"]), address)


@pytest.mark.parametrize("address", ["0.0.0.0", "224.0.0.1", "255.255.255.255", "ff02::1", "2002:a00:1::", "2001::1"])
def test_no_setting_opens_what_is_no_place_at_all(address: str) -> None:
    assert not judged(Guard(["0.0.0.0/0", "::/0"]), address)


def test_loopback_is_reached_only_where_it_is_named() -> None:
    async def story() -> None:
        guard = Guard(HOME_NETWORKS)
        guard.name("127.0.0.1", 8887)
        pinned = await guard.admit("ws://127.0.0.1:8887/ocpp/CP", Purpose.BACKEND)
        assert pinned.addresses == ("127.0.0.1",)
        for uri in ("ws://127.0.0.1:8080/", "ws://127.0.0.2:8887/", "ws://[::1]:8887/", "ws://localhost:8887/"):
            with pytest.raises(Forbidden):
                await guard.admit(uri, Purpose.BACKEND)

    asyncio.run(story())


def test_a_name_without_an_address_is_no_crash() -> None:
    async def empty(host: str, port: int) -> Iterable[str]:
        return []

    async def story() -> None:
        with pytest.raises(Unresolved):
            await Guard(resolve=empty).admit("wss://nobody.example/", Purpose.BACKEND)

    asyncio.run(story())


def test_credentials_of_a_transfer_are_taken_apart_and_never_shown() -> None:
    place = parse("ftp://us%65r:p%40ss@files.example:2121/dir/file", Purpose.TRANSFER)
    assert (place.user, place.password.reveal(), place.host, place.port) == ("user", "p@ss", "files.example", 2121)
    assert place.uri == "ftp://files.example:2121/dir/file"
    assert "p@ss" not in repr(place) and "p%40ss" not in repr(place)


PIECES = st.sampled_from(
    ["ws", "wss", "ftp", ":", "/", "//", "://", "@", "[", "]", "::", ".", "..", "%", "%00", "#", "?", "\\", "0x7f",
     "127", "1", "0", "xn--", "localhost", "example", "com", "é", "１", "。", " ", "\n", "\x00", "443", "-", "_", "&",
     "fe80"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=60), st.sampled_from(list(Purpose)))
@settings(max_examples=2_000, deadline=None)
def test_no_address_is_a_crash_and_what_is_let_in_reads_the_same_twice(uri: str, purpose: Purpose) -> None:
    try:
        place = parse(uri, purpose)
    except Forbidden as refused:
        assert refused.code in ("scheme", "form")
        return
    again = parse(place.uri, purpose)
    assert (again.scheme, again.host, again.port, again.target) == (place.scheme, place.host, place.port, place.target)
    assert place.uri.isascii() and not set(place.uri) & set(" \r\n\t\\#")


@given(st.ip_addresses())
@settings(max_examples=2_000, deadline=None)
def test_what_the_standard_library_calls_private_is_never_reached(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not address.is_global and embedded(address) == address:
        assert not judged(Guard(), str(address))


def test_our_table_knows_at_least_what_the_standard_library_knows() -> None:
    for text in (*FORBIDDEN_V4, *FORBIDDEN_V6):
        address = ipaddress.ip_address(text)
        assert not judged(Guard(), text), address
