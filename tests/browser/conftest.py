"""The whole product as a user runs it: ``manage.py up`` with its own servers, worker and models."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from memweb.testing import SCRUBBED, copy_template
from tests.processes import processes_of

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
# No test is about how fast a page is: these only end what hangs. On a busy machine, a page has
# taken over 30 seconds.
START_SECONDS = 240
PAGE_SECONDS = 120
expect.set_options(timeout=1000 * PAGE_SECONDS)


@dataclass(frozen=True)
class Stack:
    """A running memweb: its address, its process and where it keeps its data."""

    url: str
    process: subprocess.Popen[str]
    var: Path
    environment: dict[str, str]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    """Start memweb with the shipped models and the demo space; stop it as Ctrl-C would."""
    var = Path(tempfile.mkdtemp(prefix="memweb-browser-"))
    environment = {name: value for name, value in os.environ.items() if name not in SCRUBBED}
    environment["MEMWEB_VAR"] = str(var)
    copy_template(var)
    port = _free_port()
    log = (var / "up.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"{url}/health/"):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"memweb did not start:\n{(var / 'up.log').read_text()}")
            time.sleep(0.3)
        yield Stack(url, process, var, environment)
    finally:
        _end(process, var)
        log.close()
        shutil.rmtree(var, ignore_errors=True)


def _end(process: subprocess.Popen[str], var: Path) -> None:
    """Stop memweb as Ctrl-C would, and whatever a failed start or stop has left of it."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for left in processes_of(var):
        with contextlib.suppress(psutil.NoSuchProcess):
            left.kill()


# Not the session's: while Playwright runs, so does an event loop, in the way of other tests.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield running
        running.close()


def new_context(
    browser: Browser, url: str, width: int = 1280, height: int = 900, colours: str = "light"
) -> BrowserContext:
    """Return a context for pages that do not move, so that what is looked at stands still."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if colours == "dark" else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(1000 * PAGE_SECONDS)
    return context


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A light page of 1280 x 900; an error on its console fails the test."""
    context = new_context(browser, stack.url)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def sign_in(page: Page, username: str = "alice") -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill("memweb-demo")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/s/demo/")
