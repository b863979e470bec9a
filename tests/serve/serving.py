"""Starts, watches and ends `laadboek` processes."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2

READY_WITHIN_S = 120


class Serving:
    """One `laadboek serve`. Its ports are its own choice, so that many run beside each other."""

    def __init__(self, process: "subprocess.Popen[str]", data: Path, log: Path) -> None:
        self.process, self.data, self._log = process, data, log
        self.printed: list[str] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.printed.append(line)
                if line.strip().startswith("Platform"):
                    self._ready.set()
        self._ready.set()

    def await_ready(self) -> "Serving":
        assert self._ready.wait(READY_WITHIN_S), self.log()
        assert self.process.poll() is None, self.log()
        return self

    def _found(self, pattern: str) -> str:
        found = re.search(pattern, "".join(self.printed))
        assert found is not None, f"{pattern} in {self.printed}\n{self.log()}"
        return found[1]

    @property
    def pages(self) -> str:
        return self._found(r"Pages\s+(\S+)")

    @property
    def ocpp(self) -> str:
        """ws://…/ocpp/"""
        return self._found(r"Platform\s+(\S+/ocpp/)")

    @property
    def password(self) -> str:
        return self._found(r"password (\S+)")

    def log(self) -> str:
        return self._log.read_text()

    @contextlib.contextmanager
    def browser(self) -> Iterator[httpx2.Client]:
        """Signed in as the owner."""
        headers = {"Origin": self.pages, "Accept-Language": "en"}
        with httpx2.Client(base_url=self.pages, headers=headers) as client:
            answer = client.post("/sign-in", data={"email": "alice@example.org", "password": self.password})
            assert answer.status_code in (200, 303), answer.text
            yield client

    def kill(self) -> None:
        """The power cord: nothing is flushed, nobody is told."""
        self.process.kill()
        self.ended()

    def stop(self) -> int:
        """As a supervisor does; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> int:
        """The exit code of a process that ends by itself."""
        code = self.process.wait(timeout=60)
        self._reader.join()
        return code


def start(data: Path, *, past_days: int = 2, **environment: str) -> Serving:
    """Start `laadboek serve` on free ports."""
    log = data.with_name(data.name + ".log")
    given = {"LAADBOEK_PAST_DAYS": str(past_days), "LAADBOEK_PORT": "0", "LAADBOEK_OCPP_PORT": "0"}
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "laadboek.cli", "serve", "--data", str(data)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **given, **environment},
            cwd=data.parent,
        )
    return Serving(process, data, log)


def laadboek(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "laadboek.cli", *arguments], capture_output=True, text=True, timeout=120, check=False
    )
