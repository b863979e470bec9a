"""The outbound guard: every address that a user or a platform gives passes here before anything connects to it.

A name is resolved once, every address that it has is judged, and the connection goes to a judged address: what the
name means a moment later changes nothing. Each new connection is judged anew. Nobody follows a redirect.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import ExitStack
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import unquote, urlsplit

import idna
from msgspec import Struct

from ..secret import Secret

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Iterable[str]]]

URI_MAX_CHARS = 2_048
CONNECT_TIMEOUT_S = 10.0  # per address; whoever calls has a time limit for all of it


class Purpose(StrEnum):
    """What an address is for."""

    BACKEND = "backend"
    TRANSFER = "transfer"


class Scheme(Struct, frozen=True):
    """A way to connect: what for, at which port usually."""

    purpose: Purpose
    port: int
    tls: bool = False


SCHEMES: Mapping[str, Scheme] = {
    "ws": Scheme(Purpose.BACKEND, 80),
    "wss": Scheme(Purpose.BACKEND, 443, tls=True),
    "http": Scheme(Purpose.TRANSFER, 80),
    "https": Scheme(Purpose.TRANSFER, 443, tls=True),
    "ftp": Scheme(Purpose.TRANSFER, 21),
    "ftps": Scheme(Purpose.TRANSFER, 990, tls=True),
}
LOW_PORTS = {21, 22, 80, 443, 990}
HIGH_PORTS_FROM = 1_024
# Databases, caches, consoles of machines: they would take a request's first line for a command.
DENIED_PORTS = {
    1433, 1521, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5672, 5900, 5984, 6000, 6379, 6443, 6667, 7001,
    8500, 9042, 9092, 9200, 9300, 10250, 10255, 11211, 15672, 25565, 27017, 28015, 50000,
}  # fmt: skip

# Clouds answer here with the machine's own credentials. No setting opens them.
METADATA = {
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "169.254.169.123", "100.100.100.200", "192.0.0.192")
} | {ipaddress.ip_address(text) for text in ("fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fe80::a9fe:a9fe")}
# Beyond what `is_global` knows: networks that lead elsewhere than they seem to.
NEVER = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/128", "64:ff9b:1::/48", "100::/64",
        "2001::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10", "ff00::/8",
    )
]  # fmt: skip
NAT64 = IPv6Network("64:ff9b::/96")  # the world's IPv4 as networks without IPv4 see it
IPV4_COMPATIBLE = IPv6Network("::/96")  # ::1 is none
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
NUMERIC = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")  # a last label like this makes a resolver read a number


class Forbidden(Exception):
    """The address is not one to connect to. `code`: `scheme`, `form`, `port`, `address`; never the address itself."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unresolved(Exception):
    """The name has no address."""


class Place(Struct, frozen=True, kw_only=True):
    """An address as it was given, in parts that everybody reads alike."""

    scheme: str
    host: str  # lower case, IDNA; IPv6 without brackets
    port: int
    target: str  # path and query, as on the wire
    user: str = ""
    password: Secret = Secret("")

    @property
    def tls(self) -> bool:
        return SCHEMES[self.scheme].tls

    @property
    def authority(self) -> str:
        """For a Host header: without the usual port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == SCHEMES[self.scheme].port else f"{host}:{self.port}"

    @property
    def uri(self) -> str:
        """Without user and password."""
        return f"{self.scheme}://{self.authority}{self.target}"


class Pinned(Struct, frozen=True, kw_only=True):
    """A place with the addresses that were judged. Connect to these, and show `place.host` as SNI and Host."""

    place: Place
    addresses: tuple[str, ...]


async def system_resolve(host: str, port: int) -> list[str]:
    """A and AAAA by the system's resolver."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise Unresolved(host) from error
    return [str(entry[4][0]) for entry in found]


class Guard:
    """Judges addresses by the operator's setting: `private` are the networks behind the router that may be reached."""

    def __init__(self, private: Iterable[Network | str] = (), *, resolve: Resolve = system_resolve) -> None:
        self._private: list[Network] = [ipaddress.ip_network(network) for network in private]
        self._named: set[tuple[str, int]] = set()
        self._resolve = resolve

    def name(self, host: str, port: int) -> None:
        """Let this one place of ours be reached, wherever it is: our own platform."""
        self._named.add((host.strip("[]").lower(), port))

    async def admit(self, uri: str, purpose: Purpose) -> Pinned:
        """Judge the address now. Raises Forbidden, Unresolved."""
        place, literal = self.foresee(uri, purpose)
        if literal is not None:
            return Pinned(place=place, addresses=(str(literal),))
        addresses = list(await self._resolve(place.host, place.port))
        if not addresses:
            raise Unresolved(place.host)
        if not self._is_named(place):
            for address in addresses:
                self.check_address(address)
        return Pinned(place=place, addresses=tuple(dict.fromkeys(addresses)))

    def foresee(self, uri: str, purpose: Purpose) -> tuple[Place, Address | None]:
        """What needs no resolver to be judged: spelling, port, an address written as one. Raises Forbidden."""
        place = parse(uri, purpose)
        literal = literal_address(place.host)
        if not self._is_named(place):
            check_port(place.port)
            if literal is not None:
                self.check_address(str(literal))
        return place, literal

    def _is_named(self, place: Place) -> bool:
        return (place.host, place.port) in self._named

    def check_address(self, text: str) -> None:
        """Raises Forbidden for an address that must not be reached."""
        try:
            address: Address = ipaddress.ip_address(text)
        except ValueError as error:
            raise Forbidden("address") from error
        if isinstance(address, IPv6Address) and address.scope_id is not None:
            raise Forbidden("address")
        address = embedded(address)
        if address in METADATA or within(address, NEVER):
            raise Forbidden("address")
        if not address.is_global and not within(address, self._private):
            raise Forbidden("address")


def within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where the system would connect to that."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in NAT64 or (address in IPV4_COMPATIBLE and not address.is_loopback):
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def check_port(port: int) -> None:
    """Raises Forbidden."""
    if port not in LOW_PORTS and (port < HIGH_PORTS_FROM or port in DENIED_PORTS):
        raise Forbidden("port")


# --- reading an address ---


def parse(uri: str, purpose: Purpose) -> Place:
    """Take the address apart, refusing whatever two readers could read differently. Raises Forbidden."""
    if len(uri) > URI_MAX_CHARS or any(c <= " " or c in '\\"<>^`{|}' or "\x7f" <= c < "\xa0" for c in uri):
        raise Forbidden("form")
    try:
        parts = urlsplit(uri)
        given_port = parts.port
    except ValueError as error:
        raise Forbidden("form") from error
    scheme = SCHEMES.get(parts.scheme)
    if scheme is None or scheme.purpose is not purpose:
        raise Forbidden("scheme")
    if not uri[len(parts.scheme) :].startswith("://") or parts.fragment or "#" in uri:
        raise Forbidden("form")
    user, password = user_info(parts.netloc, purpose)
    host = host_of(parts.netloc.rpartition("@")[2])
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or not target.startswith("/"):
        raise Forbidden("form")
    port = scheme.port if given_port is None else given_port
    return Place(scheme=parts.scheme, host=host, port=port, target=target, user=user, password=Secret(password))


def user_info(netloc: str, purpose: Purpose) -> tuple[str, str]:
    """`user:password@`, which only a transfer may need; nothing in it may end a line of FTP."""
    given, at, _ = netloc.rpartition("@")
    if not at:
        return "", ""
    if purpose is not Purpose.TRANSFER or "@" in given:
        raise Forbidden("form")
    user, _, password = given.partition(":")
    user, password = unquote(user), unquote(password)
    if any(c < " " or c == "\x7f" for c in user + password) or ":" in user:
        raise Forbidden("form")
    return user, password


def host_of(host_port: str) -> str:
    """The host in its one spelling."""
    if host_port.startswith("["):
        inner, bracket, rest = host_port[1:].partition("]")
        if not bracket or "%" in inner or (rest and not rest.startswith(":")):
            raise Forbidden("form")
        try:
            return IPv6Address(inner).compressed
        except ValueError as error:
            raise Forbidden("form") from error
    return name_of(host_port.partition(":")[0])


def name_of(text: str) -> str:
    """A name or a dotted IPv4 address. Digits and dots in other scripts are read as what a browser reads in them."""
    try:
        foreign = not text.isascii() or "xn--" in text.lower()
        name = idna.encode(text, uts46=True, std3_rules=True).decode() if foreign else text
    except (idna.IDNAError, UnicodeError) as error:
        raise Forbidden("form") from error
    name = name.lower().removesuffix(".")
    labels = name.split(".")
    if not name or len(name) > 253 or not all(LABEL.match(label) for label in labels):
        raise Forbidden("form")
    if NUMERIC.match(labels[-1]):
        try:
            return str(IPv4Address(name))  # four decimal numbers; octal, hexadecimal and short forms are refused
        except ValueError as error:
            raise Forbidden("form") from error
    return name


def literal_address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


# --- connecting ---


async def open_socket(pinned: Pinned) -> socket.socket:
    """A connected socket to the first judged address that answers. Raises OSError as the last of them failed."""
    loop = asyncio.get_running_loop()
    failed: OSError = OSError("no address")
    for address in pinned.addresses:
        opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        opened.setblocking(False)
        with ExitStack() as undo:
            undo.callback(opened.close)
            try:
                await asyncio.wait_for(loop.sock_connect(opened, (address, pinned.place.port)), CONNECT_TIMEOUT_S)
            except OSError as error:
                failed = error
                continue
            undo.pop_all()
            return opened
    raise failed
