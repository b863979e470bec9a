"""Files to and from platforms: http, https, ftp, ftps, one try each (OCPP 1.6 §8). When to try again is the face's.

Each goes through the outbound guard to the address that it judged, with certificates verified, within a size and a
time, and follows no redirect. It runs in a thread of its own kind; cancelling cuts its socket. Of a download only its
digest, size and version are kept: it is never written anywhere, nor executed. sftp is refused: no library for it is
both maintained and permissively licensed.
"""

import asyncio
import ftplib
import hashlib
import http.client
import io
import re
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar
from urllib.parse import unquote

from msgspec import Struct

from .guard import Forbidden, Guard, Pinned, Place, Purpose, Unresolved, check_port

T = TypeVar("T")

AT_ONCE = 4
UPLOAD_MAX_BYTES = 16 << 20
DOWNLOAD_MAX_BYTES = 256 << 20
ANSWER_MAX_BYTES = 4 << 20
TIME_MAX_S = 900.0  # a file, all in all
SILENCE_MAX_S = 30.0  # between two parts of it
CHUNK_BYTES = 64 << 10
HEAD_BYTES = 256
FTP_IMPLICIT_TLS_PORT = 990
# A server that does not know PUT may know POST: both are met with GetDiagnostics.
TRIES_POST = {405, 501}
HTTP_FAILURES = {
    400: "bad_request",
    401: "denied",
    403: "denied",
    405: "unsupported",
    407: "denied",
    501: "unsupported",
}
FTP_DENIED = ("430", "530", "532", "550", "553")
VERSION = re.compile(rb"Laadboek firmware ([\x21-\x7e]{1,40})\r?\n")


class Failed(Exception):
    """The transfer did not succeed. `code` as in `events.TransferMoved`; never an address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Fetched(Struct, frozen=True):
    """What a download was."""

    sha256: bytes
    size_bytes: int
    version: str


class Answer(Struct, frozen=True):
    """What an address answered."""

    status: int
    retry_after_s: int  # 0: it does not say
    body: bytes


class Wire:
    """The sockets of one transfer, so that another thread may cut them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._cut = False

    def add(self, opened: socket.socket) -> socket.socket:
        with self._lock:
            self._sockets.append(opened)
            cut = self._cut
        if cut:
            shut(opened)
            raise Failed("timeout")
        return opened

    def cut(self) -> None:
        with self._lock:
            self._cut = True
            opened = list(self._sockets)
        for one in opened:
            shut(one)

    def close(self) -> None:
        """Whatever the transfer left open, when its thread has ended."""
        for one in self._sockets:
            one.close()


def shut(opened: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(opened, socket.SHUT_RDWR)  # an SSLSocket's own would wait for the peer


class Line(Struct, frozen=True):
    """What one try connects with."""

    pinned: Pinned
    tls: ssl.SSLContext
    wire: Wire

    @property
    def place(self) -> Place:
        return self.pinned.place

    def dial(self, address: str, port: int) -> socket.socket:
        opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        opened.settimeout(SILENCE_MAX_S)
        self.wire.add(opened).connect((address, port))
        return opened

    def open(self) -> socket.socket:
        """To the first judged address that answers."""
        failed: OSError = OSError("no address")
        for address in self.pinned.addresses:
            try:
                return self.dial(address, self.place.port)
            except OSError as error:
                failed = error
        raise failed


class Transfers:
    """Of one process. `tls` None: what the system trusts."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext | None = None, *, time_max_s: float = TIME_MAX_S) -> None:
        self._guard, self._tls, self._time_max_s = guard, tls, time_max_s
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="transfer")

    async def upload(self, location: str, file_name: str, content: bytes, roots: Sequence[str] = ()) -> None:
        """Put the file there. `roots` (PEM) are trusted beside the system's. Raises Failed."""
        if len(content) > UPLOAD_MAX_BYTES:
            raise Failed("too_big")
        await self._run(location, roots, lambda line: UPLOADS[line.place.scheme](line, file_name, content))

    async def download(self, location: str, roots: Sequence[str] = ()) -> Fetched:
        """Read the file, and say what it is. Raises Failed."""
        return await self._run(location, roots, lambda line: DOWNLOADS[line.place.scheme](line))

    async def post(self, location: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Hand a message to an http or https address, once. Raises Failed."""
        await self._run(location, (), lambda line: POSTS[line.place.scheme](line, content, headers))

    async def ask(self, location: str, method: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Ask an http or https address, once; any status is an answer. Raises Failed."""
        return await self._run(location, (), lambda line: ASKS[line.place.scheme](line, method, headers, body))

    async def _run(self, location: str, roots: Sequence[str], move: Callable[[Line], T]) -> T:
        try:
            pinned = await self._guard.admit(location, Purpose.TRANSFER)
        except Forbidden as error:
            raise Failed(f"forbidden_{error.code}") from None
        except Unresolved:
            raise Failed("dns") from None
        line = Line(pinned, self._tls or trusting(roots), Wire())
        work = asyncio.get_running_loop().run_in_executor(self._threads, lambda: move_or_fail(move, line))
        try:
            return await asyncio.wait_for(asyncio.shield(work), self._time_max_s)
        except TimeoutError:
            raise Failed("timeout") from None
        finally:
            line.wire.cut()
            with suppress(Failed, asyncio.CancelledError):
                await asyncio.shield(work)
            line.wire.close()

    def close(self) -> None:
        """After all transfers were cancelled."""
        self._threads.shutdown(wait=True)


def trusting(roots: Sequence[str]) -> ssl.SSLContext:
    """What the system trusts, and these. Raises Failed."""
    context = ssl.create_default_context()
    try:
        for root in roots:
            context.load_verify_locations(cadata=root)
    except (ssl.SSLError, ValueError):
        raise Failed("tls") from None
    return context


def move_or_fail(move: Callable[[Line], T], line: Line) -> T:
    """In a thread. Whatever goes wrong becomes one of few codes: no address and no answer of a server gets further."""
    try:
        return move(line)
    except Failed:
        raise
    except ssl.SSLError:
        raise Failed("tls") from None
    except TimeoutError:
        raise Failed("timeout") from None
    except ftplib.error_perm as error:
        raise Failed("denied" if str(error).startswith(FTP_DENIED) else "unsupported") from None
    except (ftplib.Error, EOFError):
        raise Failed("server") from None
    except OSError:
        raise Failed("refused") from None
    except (http.client.HTTPException, ValueError):
        raise Failed("protocol") from None


def directory_or_file(path: str, file_name: str) -> str:
    """The location is a directory (§6.25); one whose last part has a dot or a query is meant as the file itself."""
    where, mark, _ = path.partition("?")
    if mark or "." in where.rpartition("/")[2]:
        return path
    return where.rstrip("/") + "/" + file_name


# --- http ---


@contextmanager
def http_connection(line: Line) -> Iterator[http.client.HTTPConnection]:
    place = line.place
    connection = http.client.HTTPConnection(place.host, place.port)
    opened = line.open()
    try:
        if place.tls:
            opened = line.wire.add(line.tls.wrap_socket(opened, server_hostname=place.host))
        connection.sock = opened
        yield connection
    finally:
        opened.close()
        connection.close()


def http_headers(place: Place) -> dict[str, str]:
    headers = {"Host": place.authority, "Connection": "close", "User-Agent": "Laadboek", "Accept-Encoding": "identity"}
    if place.user or place.password:
        pair = f"{place.user}:{place.password.reveal()}".encode()
        headers["Authorization"] = "Basic " + b64encode(pair).decode()
    return headers


def http_status(status: int) -> None:
    if not 200 <= status < 300:
        raise Failed("redirect" if 300 <= status < 400 else HTTP_FAILURES.get(status, "server"))


def http_upload(line: Line, file_name: str, content: bytes) -> None:
    """PUT; POST where that is not known."""
    target = directory_or_file(line.place.target, file_name)
    status = http_send(line, "PUT", target, content)
    if status in TRIES_POST:
        status = http_send(line, "POST", target, content)
    http_status(status)


def http_post(line: Line, content: bytes, headers: Mapping[str, str]) -> None:
    http_status(http_send(line, "POST", line.place.target, content, headers))


def no_post(line: Line, content: bytes, headers: Mapping[str, str]) -> None:
    raise Failed("unsupported")


def http_ask(line: Line, method: str, given: Mapping[str, str], body: bytes) -> Answer:
    headers = {**http_headers(line.place), **given, **({"Content-Length": str(len(body))} if body else {})}
    with http_connection(line) as connection:
        connection.request(method, line.place.target, body=body or None, headers=headers)
        response = connection.getresponse()
        answer = response.read(ANSWER_MAX_BYTES + 1)
        if len(answer) > ANSWER_MAX_BYTES:
            raise Failed("too_big")
        later = response.headers.get("Retry-After", "")
        return Answer(response.status, int(later) if later.isascii() and later.isdigit() else 0, answer)


def no_ask(line: Line, method: str, given: Mapping[str, str], body: bytes) -> Answer:
    raise Failed("unsupported")


JSON_LINES: Mapping[str, str] = {"Content-Type": "application/jsonl"}


def http_send(line: Line, method: str, target: str, content: bytes, given: Mapping[str, str] = JSON_LINES) -> int:
    headers = {**http_headers(line.place), **given, "Content-Length": str(len(content))}
    with http_connection(line) as connection:
        connection.request(method, target, body=content, headers=headers)
        return connection.getresponse().status


def http_download(line: Line) -> Fetched:
    with http_connection(line) as connection:
        connection.request("GET", line.place.target, headers=http_headers(line.place))
        response = connection.getresponse()
        http_status(response.status)
        sink = Sink()
        while chunk := response.read(CHUNK_BYTES):
            sink.take(chunk)
        if response.length:  # the server hung up before the end that it announced
            raise Failed("protocol")
        return sink.fetched()


class Sink:
    """Bytes on their way to nowhere: counted, digested, looked at."""

    def __init__(self) -> None:
        self._digest, self._head, self.size_bytes = hashlib.sha256(), b"", 0

    def take(self, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        if self.size_bytes > DOWNLOAD_MAX_BYTES:
            raise Failed("too_big")
        self._digest.update(chunk)
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[:HEAD_BYTES]

    def fetched(self) -> Fetched:
        if not self.size_bytes:
            raise Failed("protocol")  # an empty file is no firmware
        sha256 = self._digest.digest()
        named = VERSION.match(self._head)
        return Fetched(sha256, self.size_bytes, named[1].decode() if named else f"sha256-{sha256.hex()[:12]}")


# --- ftp ---


class GuardedFtp(ftplib.FTP_TLS):
    """To the judged address only, data connections too; passive (§8.1), with TLS before or after the greeting."""

    def __init__(self, line: Line) -> None:
        super().__init__(context=line.tls, timeout=SILENCE_MAX_S)
        self._line = line
        self.host, self.port = line.place.host, line.place.port
        self.sock = line.open()
        if line.place.tls and self.port == FTP_IMPLICIT_TLS_PORT:
            self.sock = line.wire.add(line.tls.wrap_socket(self.sock, server_hostname=self.host))
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()

    def makepasv(self) -> tuple[str, int]:
        assert self.sock is not None
        _, port = super().makepasv()
        try:
            check_port(port)
        except Forbidden:
            raise Failed("forbidden_port") from None
        return self.sock.getpeername()[0], port  # whatever address the server names

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        host, port = self.makepasv()
        data = self._line.dial(host, port)
        answer = self.sendcmd(cmd)
        if answer[0] == "2":  # some send a 200 first, the 150 after it
            answer = self.getresp()
        if answer[0] != "1":
            raise ftplib.error_reply(answer)
        if self._prot_p:  # type: ignore[attr-defined]  # missing in its stub
            session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
            data = self._line.wire.add(self.context.wrap_socket(data, server_hostname=self.host, session=session))
        return data, None


@contextmanager
def ftp_connection(line: Line) -> Iterator[GuardedFtp]:
    place = line.place
    ftp = GuardedFtp(line)
    try:
        user, password = place.user or "anonymous", place.password.reveal()
        if place.tls:
            if not isinstance(ftp.sock, ssl.SSLSocket):
                ftp.auth()
                assert ftp.sock is not None
                line.wire.add(ftp.sock)
            ftp.login(user, password, secure=False)
            ftp.prot_p()
        else:
            ftplib.FTP.login(ftp, user, password)
        ftp.voidcmd("TYPE I")
        yield ftp
    finally:
        ftp.close()


def ftp_path(target: str) -> str:
    """Relative to where the login leads (RFC 1738 §3.2.2); %2F at its begin makes it absolute."""
    path = unquote(target[1:])
    if any(c < " " or c == "\x7f" for c in path):
        raise Failed("forbidden_form")  # would end the command
    return path


def ftp_upload(line: Line, file_name: str, content: bytes) -> None:
    path = ftp_path(directory_or_file(line.place.target, file_name))
    with ftp_connection(line) as ftp:
        ftp.storbinary(f"STOR {path}", io.BytesIO(content), CHUNK_BYTES)


def ftp_download(line: Line) -> Fetched:
    sink = Sink()
    with ftp_connection(line) as ftp:
        ftp.retrbinary(f"RETR {ftp_path(line.place.target)}", sink.take, CHUNK_BYTES)
    return sink.fetched()


UPLOADS: dict[str, Callable[[Line, str, bytes], None]] = {
    "http": http_upload,
    "https": http_upload,
    "ftp": ftp_upload,
    "ftps": ftp_upload,
}
DOWNLOADS: dict[str, Callable[[Line], Fetched]] = {
    "http": http_download,
    "https": http_download,
    "ftp": ftp_download,
    "ftps": ftp_download,
}
POSTS: dict[str, Callable[[Line, bytes, Mapping[str, str]], None]] = {
    "http": http_post,
    "https": http_post,
    "ftp": no_post,
    "ftps": no_post,
}
ASKS: dict[str, Callable[[Line, str, Mapping[str, str], bytes], Answer]] = {
    "http": http_ask,
    "https": http_ask,
    "ftp": no_ask,
    "ftps": no_ask,
}
