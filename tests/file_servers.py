"""Small servers of files on loopback: HTTP (PUT, POST, GET) and FTP (passive, with and without TLS). None of our code.

Each keeps what it was sent in `files` and what it was asked in `asked`, and can be told to misbehave.
"""

import http.server
import socket
import socketserver
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Files:
    """What a server has, was asked, and how it behaves."""

    def __init__(self, **files):
        self.files = {name: content for name, content in files.items()}
        self.asked, self.connections = [], 0
        self.statuses = {}  # HTTP: by method; FTP: by verb, a whole reply
        self.headers = {}
        self.stall = threading.Event()  # set: say nothing more
        self.arrived, self.released = threading.Event(), threading.Event()
        self.cut_after = None  # bytes of a download
        self.login = ("anonymous", "")
        self.credentials, self.given = [], []
        self.data_port_said = None


class HttpHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Quiet."""

    @property
    def store(self):
        return self.server.store

    def _begin(self):
        self.store.asked.append(f"{self.command} {self.path}")
        self.store.credentials.append(self.headers.get("Authorization"))
        self.store.given.append(dict(self.headers))
        self.store.arrived.set()
        if self.store.stall.is_set():
            self.store.released.wait(30)
            raise ConnectionAbortedError
        return self.store.statuses.get(self.command)

    def _end(self, status, content=b""):
        self.send_response(status)
        for name, value in self.store.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        cut = self.store.cut_after
        self.wfile.write(content if cut is None else content[:cut])
        self.close_connection = True

    def _take(self):
        status = self._begin()
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if status is None:
            self.store.files[self.path] = content
        self._end(status or 201)

    do_PUT = do_POST = _take

    def do_GET(self):
        status = self._begin()
        content = self.store.files.get(self.path)
        self._end(status or (404 if content is None else 200), content or b"")


class FtpHandler(socketserver.StreamRequestHandler):
    """Enough of RFC 959 and RFC 4217."""

    def handle(self):
        self.store, self.data, self.private = self.server.store, None, False
        try:
            self._talk()
        finally:
            for opened in (self.rfile, self.wfile, self.request, self.data):
                if opened is not None:
                    opened.close()

    def _talk(self):
        if self.server.tls is not None and self.server.implicit:
            self._wrap()
        self._say("220 ready")
        while line := self.rfile.readline():
            verb, _, argument = line.decode().strip().partition(" ")
            self.store.asked.append(verb if verb == "PASS" else f"{verb} {argument}".strip())
            self.store.arrived.set()
            if self.store.stall.is_set():
                self.store.released.wait(30)
                return
            forced = self.store.statuses.get(verb)
            if forced is not None:
                self._say(forced)
            elif not self._obey(verb, argument):
                return

    def _wrap(self):
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def _obey(self, verb, argument):
        match verb:
            case "AUTH":
                self._say("234 go on" if self.server.tls else "502 no TLS here")
                if self.server.tls:
                    self._wrap()
            case "USER":
                self.user = argument
                self._say("331 password")
            case "PASS":
                right = self.store.login[0] == "anonymous" or (self.user, argument) == self.store.login
                self._say("230 in" if right else "530 wrong")
            case "PBSZ" | "TYPE":
                self._say("200 ok")
            case "PROT":
                self.private = argument == "P"
                self._say("200 ok")
            case "PASV":
                self._passive()
            case "STOR":
                self._receive(argument)
            case "RETR":
                self._send(argument)
            case "QUIT":
                self._say("221 bye")
                return False
            case _:
                self._say("502 unknown")
        return True

    def _passive(self):
        self.data = socket.create_server(("127.0.0.1", 0))
        port = self.store.data_port_said or self.data.getsockname()[1]
        self._say(f"227 Entering Passive Mode (10,0,0,1,{port >> 8},{port & 255})")  # an address that is not ours

    def _open_data(self):
        self._say("150 go")
        connection, _ = self.data.accept()
        self.data.close()
        return self.server.tls.wrap_socket(connection, server_side=True) if self.private else connection

    def _receive(self, name):
        with self._open_data() as data:
            parts = []
            while chunk := data.recv(65536):
                parts.append(chunk)
            if self.private:
                data.unwrap().close()
        self.store.files[name] = b"".join(parts)
        self._say("226 stored")

    def _send(self, name):
        if name not in self.store.files:
            self.data.close()
            self._say("550 no such file")
            return
        with self._open_data() as data:
            cut = self.store.cut_after
            data.sendall(self.store.files[name] if cut is None else self.store.files[name][:cut])
            if self.private:
                data.unwrap().close()
        self._say("226 sent" if cut is None else "426 broken off")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, handler, store, tls, implicit):
        self.store, self.tls, self.implicit = store, tls, implicit
        super().__init__(("127.0.0.1", 0), handler)

    def get_request(self):
        self.store.connections += 1
        opened, peer = super().get_request()
        if self.tls is not None and self.RequestHandlerClass is HttpHandler:
            opened.settimeout(10)
            opened = self.tls.wrap_socket(opened, server_side=True)
        return opened, peer

    def handle_error(self, request, client_address):
        """A client that goes away, or does not trust us, is part of the story."""


@contextmanager
def served(handler, store=None, *, tls=None, implicit=False):
    """Yield (files, port)."""
    store = store or Files()
    with Server(handler, store, tls, implicit) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield store, server.server_address[1]
        finally:
            store.released.set()
            server.shutdown()
            thread.join()


def http_files(store=None, **options):
    return served(HttpHandler, store, **options)


def ftp_files(store=None, **options):
    return served(FtpHandler, store, **options)


def tls_contexts(folder, name="127.0.0.1"):
    """A server's context under a certificate for `name`, and a client's that trusts only that."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "files")])
    now = datetime.now(UTC)
    alternative = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / f"{name}.crt", folder / f"{name}.key"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, secret)
    return server, ssl.create_default_context(cafile=str(chain))
