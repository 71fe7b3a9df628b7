"""What ``manage.py up`` does: everything that memweb needs, on one machine, until Ctrl-C."""

from __future__ import annotations

import errno
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import get_commands, load_command_class
from django.db import DatabaseError

from memweb.embedded import EmbeddedError, processes
from memweb.embedded.waiting import for_load
from memweb.no_memory import lacks_memory
from memweb.serving import programs, servers, static
from memweb.serving.address import WEB_START_SECONDS, CannotStart, alone, answers, check_port
from memweb.serving.children import Children
from memweb.serving.looks import Frozen, SiteLook, tree
from memweb.serving.roles import may_alter_events

WARNING = (
    "WARNING: the database role of DATABASE_URL may change or remove events of the audit log. Give "
    "memweb a role of its own and set DATABASE_OWNER_URL (docs/operations.md, External servers)."
)
# How often servers and children are looked after.
LOOK_SECONDS = 2.0


class Up:
    """One run, from the start of the servers to the end of the last child."""

    def __init__(self, *, host: str, port: int, demo: bool, say: Callable[[str], None]) -> None:
        self.host, self.port, self.demo = host, port, demo
        self.say = say
        self.signals = 0
        self.complaint = ""
        self.accounts: list[str] = []

    def run(self) -> None:
        """Serve until a signal comes. Ends the process with one sentence when it cannot start."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._count_signal)
        try:
            settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
            (settings.VAR_DIR / "log").mkdir(mode=0o700, exist_ok=True)
            with alone(settings.VAR_DIR / "up.lock", f"http://{self.host}:{self.port}/"):
                self._serve()
        except (CannotStart, EmbeddedError) as error:
            sys.exit(str(error))
        except DatabaseError as error:
            sys.exit(f"The database cannot be used: {' '.join(str(error).split())}.")
        except OSError as error:
            if lacks_memory(error):
                raise
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            reason = "the disk is full" if full else error.strerror or str(error)
            sys.exit(f"memweb cannot use {error.filename or settings.VAR_DIR}: {reason}.")

    def _count_signal(self, signum: int, frame: FrameType | None) -> None:
        """Only count: a signal in the middle of a start must not lose sight of a process."""
        self.signals += 1

    def _serve(self) -> None:
        children = Children(
            record=settings.VAR_DIR / "children.json",
            environment=programs.environment(servers.environment()),
            folder=settings.BASE_DIR,
            say=self.say,
        )
        if children.end_leftovers():
            self.say("Ended processes that an earlier, killed start had left behind.")
        check_port(self.host, self.port)
        try:
            self._prepare()
            if not self.signals:
                self._start_children(children)
            self._watch(children)
        finally:
            self._stop(children)

    def _prepare(self) -> None:
        if settings.EMBEDDED_POSTGRES or settings.EMBEDDED_REDIS:
            self.say("Starting PostgreSQL and Redis ...")
            servers.start()
        if servers.migrate():
            self.say("Brought the database up to date.")
        if may_alter_events():
            self.say(WARNING)
        if static.collect_if_changed():
            self.say("Collected the static files.")
        if self.demo and not self.signals:
            self._load_demo()
        self.accounts = _demo_accounts()

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
            command,
            log=log,
            environment=programs.environment(servers.environment()),
            folder=settings.BASE_DIR,
        )
        while process.poll() is None:
            if self.signals:
                process.terminate()
            time.sleep(0.1)
        if process.returncode and not self.signals:
            line = processes.last_line(log, offset, "Error")
            self.say(f"The demo space could not be loaded ({line}); its log is {log}.")

    def _start_children(self, children: Children) -> None:
        logs: Path = settings.VAR_DIR / "log"
        web = programs.web(self.host, self.port, logs)
        offset = web.log.stat().st_size if web.log.exists() else 0
        children.start(web)
        for child in (*programs.workers(logs), programs.beat(logs)):
            children.start(child)
        begun = time.monotonic()
        while not self.signals and not answers(self.host, self.port):
            if not web.running or time.monotonic() > begun + for_load(WEB_START_SECONDS):
                line = processes.last_line(web.log, offset, "Error", "ERROR")
                raise CannotStart(f"The web server did not start ({line}); its log is {web.log}.")
            time.sleep(0.05)
        if not self.signals:
            self._announce()

    def _announce(self) -> None:
        shown = f"[{self.host}]" if ":" in self.host else self.host
        self.say(f"\nmemweb is served at http://{shown}:{self.port}/")
        for line in self.accounts:
            self.say(line)
        self.say(f"Logs are in {settings.VAR_DIR / 'log'}. Press Ctrl-C to stop.\n")

    def _watch(self, children: Children) -> None:
        site = SiteLook(self.host, self.port)
        site.start()
        frozen = Frozen()
        looked_at = time.monotonic()
        while not self.signals:
            time.sleep(0.2)
            try:
                children.restart_ended()
                if time.monotonic() - looked_at > LOOK_SECONDS:
                    looked_at = time.monotonic()
                    self._look(children, site, frozen)
            # Whatever a look meets, what is served goes on; the look is repeated.
            except Exception as error:
                self._complain(error)
        site.ended.set()

    def _look(self, children: Children, site: SiteLook, frozen: Frozen) -> None:
        for line in servers.revive(frozen):
            self.say(line)
        for log in (settings.VAR_DIR / "log").glob("*.log"):
            processes.rotate_log(log)
        for child in children.children:
            if child.process is None:
                continue
            if frozen.among(tree(child.process.pid)):
                children.kill(child, "is frozen")
            elif child.name in map(programs.worker_name, site.stuck_groups()):
                children.kill(child, "gets nowhere while jobs wait")
                site.begin_anew()
        self._look_at_web(children, site)
        self.complaint = ""

    def _look_at_web(self, children: Children, site: SiteLook) -> None:
        web = children.children[0]
        if not web.running or web.started_at > site.begun_at:
            site.begin_anew()
        elif site.silent:
            children.kill(web, "does not answer")
            site.begin_anew()
        elif site.answered:
            web.failures = 0

    def _complain(self, error: Exception) -> None:
        """Say what a look met, once for as long as it stays the same."""
        known = isinstance(error, EmbeddedError)
        line = str(error) if known else f"A look failed ({type(error).__name__}: {error})."
        if line != self.complaint:
            self.say(" ".join(line.split()))
        self.complaint = line

    def _stop(self, children: Children) -> None:
        if self.signals:
            self.say("Stopping ...")
        before = self.signals
        children.end_all(hurried=lambda: self.signals > before)
        servers.stop()


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
