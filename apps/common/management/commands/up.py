"""``manage.py up``: everything that memweb needs, on one machine, until Ctrl-C."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, get_commands, load_command_class

from apps.common.management import servers, static
from apps.common.management.children import Child, Children
from memweb.celery import QUEUES
from memweb.embedded import EmbeddedError, processes

WEB_START_SECONDS = 60.0
# How often the embedded servers are looked after.
SERVER_CHECK_SECONDS = 5.0


class CannotStart(Exception):
    """memweb cannot be served; the message is one sentence for the person at the terminal."""


class Command(BaseCommand):
    help = "Start everything on this machine and serve it until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--no-demo", action="store_true", help="do not load the demo space")

    def handle(self, *args: object, host: str, port: int, no_demo: bool, **options: object) -> None:
        self.signals = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._count_signal)
        try:
            settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
            (settings.VAR_DIR / "log").mkdir(mode=0o700, exist_ok=True)
            with _alone(settings.VAR_DIR / "up.lock", f"http://{host}:{port}/"):
                self._serve(host, port, demo=not no_demo)
        except (CannotStart, EmbeddedError) as error:
            sys.exit(str(error))
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            reason = "the disk is full" if full else error.strerror or str(error)
            sys.exit(f"memweb cannot use {error.filename or settings.VAR_DIR}: {reason}.")

    def _count_signal(self, signum: int, frame: FrameType | None) -> None:
        """Only count: a signal in the middle of a start must not lose sight of a process."""
        self.signals += 1

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _serve(self, host: str, port: int, *, demo: bool) -> None:
        children = Children(
            record=settings.VAR_DIR / "children.json",
            environment=servers.environment() | {"REMAP_SIGTERM": "SIGQUIT"},
            folder=settings.BASE_DIR,
            say=self.say,
        )
        if children.end_leftovers():
            self.say("Ended processes that an earlier, killed start had left behind.")
        _check_port(host, port)
        try:
            self._prepare(demo)
            if not self.signals:
                self._start_children(children, host, port)
            self._watch(children)
        finally:
            self._stop(children)

    def _prepare(self, demo: bool) -> None:
        if settings.EMBEDDED_POSTGRES or settings.EMBEDDED_REDIS:
            self.say("Starting PostgreSQL and Redis ...")
            servers.start()
        if servers.migrate():
            self.say("Brought the database up to date.")
        if static.collect_if_changed():
            self.say("Collected the static files.")
        if demo and not self.signals:
            self._load_demo()

    def _load_demo(self) -> None:
        """Fill an empty database. A process of its own, since it may load the model."""
        if (
            "load_demo" not in get_commands()
            or apps.get_model("accounts", "Space").objects.exists()
        ):
            return
        self.say("Loading the demo space ...")
        log = settings.VAR_DIR / "log" / "load_demo.log"
        offset = log.stat().st_size if log.exists() else 0
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "load_demo"]
        process = processes.spawn(
            command, log=log, environment=servers.environment(), folder=settings.BASE_DIR
        )
        while process.poll() is None:
            if self.signals:
                process.terminate()
            time.sleep(0.1)
        if process.returncode and not self.signals:
            line = processes.last_line(log, offset, "Error")
            self.say(f"The demo space could not be loaded ({line}); its log is {log}.")

    def _start_children(self, children: Children, host: str, port: int) -> None:
        logs: Path = settings.VAR_DIR / "log"
        uvicorn = [sys.executable, "-m", "uvicorn", "memweb.asgi:application"]
        uvicorn += ["--host", host, "--port", str(port), "--log-level", "warning"]
        uvicorn += ["--no-proxy-headers", "--lifespan", "off", "--timeout-graceful-shutdown", "3"]
        celery = [sys.executable, "-m", "celery", "-A", "memweb", "worker", "--beat"]
        celery += ["--concurrency", "1", "--queues", ",".join(QUEUES), "--loglevel", "WARNING"]
        celery += ["--hostname", "memweb@%h", "--without-mingle", "--without-gossip"]
        web = Child("web server", uvicorn, logs / "web.log", patience=5.0)
        worker = Child("worker", celery, logs / "worker.log", patience=8.0)
        offset = web.log.stat().st_size if web.log.exists() else 0
        children.start(web)
        children.start(worker)
        deadline = time.monotonic() + WEB_START_SECONDS
        while not self.signals and not _answers(host, port):
            if not web.running or time.monotonic() > deadline:
                line = processes.last_line(web.log, offset, "Error", "ERROR")
                raise CannotStart(f"The web server did not start ({line}); its log is {web.log}.")
            time.sleep(0.05)
        if not self.signals:
            self._announce(host, port)

    def _announce(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        self.say(f"\nmemweb is served at http://{shown}:{port}/")
        for line in _demo_accounts():
            self.say(line)
        self.say(f"Logs are in {settings.VAR_DIR / 'log'}. Press Ctrl-C to stop.\n")

    def _watch(self, children: Children) -> None:
        checked_at = time.monotonic()
        while not self.signals:
            time.sleep(0.2)
            if time.monotonic() - checked_at > SERVER_CHECK_SECONDS:
                checked_at = time.monotonic()
                # Does nothing while they run.
                try:
                    servers.start()
                except EmbeddedError as error:
                    self.say(str(error))
            children.restart_ended()

    def _stop(self, children: Children) -> None:
        if self.signals:
            self.say("Stopping ...")
        before = self.signals
        children.end_all(hurried=lambda: self.signals > before)
        servers.stop()


@contextlib.contextmanager
def _alone(path: Path, address: str) -> Iterator[None]:
    """Hold the lock of the one ``up`` that a folder may have; raises CannotStart."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = os.read(descriptor, 200).decode("utf-8", "replace").strip()
            raise CannotStart(
                f"memweb already runs here ({running}); stop that one first."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()}, {address}".encode())
        yield
    finally:
        os.close(descriptor)


def _check_port(host: str, port: int) -> None:
    """Raise CannotStart when the address cannot be listened on."""
    if not 0 < port < 65536:
        raise CannotStart(f"{port} is no port; choose one from 1 to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"Port {port} is in use by another program; stop it, or choose another port with "
                f"`make run PORT={port + 1}`."
            ) from None
        reason = error.strerror or str(error)
        raise CannotStart(f"memweb cannot listen on {host} port {port}: {reason}.") from None


def _demo_accounts() -> list[str]:
    """Return a line for each demo account there is, from what ``load_demo`` says it makes."""
    application = get_commands().get("load_demo")
    if application is None:
        return []
    accounts = getattr(load_command_class(str(application), "load_demo"), "accounts", ())
    known = set(get_user_model().objects.values_list("username", flat=True))
    found = [account for account in accounts if account[0] in known]
    lines = [f"  {name:<8} {password:<16} {role}" for name, password, role in found]
    return ["Demo accounts (name, password, role):", *lines] if lines else []


def _answers(host: str, port: int) -> bool:
    """Ask for a page, whatever it says; the first request loads the pages' code."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 compared only
    connection = http.client.HTTPConnection(reachable, port, timeout=WEB_START_SECONDS)
    try:
        connection.request("GET", "/health/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
