"""A demo of Stepline that runs as a real process, and a Chromium to visit it with."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, sync_playwright

from engine.assembly import open_stepline
from engine.settings import Settings
from tests.e2e.editor import World
from tests.e2e.processes import Started, started

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATTERNS = {
    "product": r"Address\s+(http://\S+)",
    "sandbox": r"Sandbox\s+(http://\S+)",
    "link": r"^\s+(http://\S+/signin/\S+)$",
}
TOKEN = re.compile(r'name="csrftoken" value="([^"]+)"')


@contextmanager
def browser() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield launched
        launched.close()


@contextmanager
def demo(folder: Path) -> Iterator[World]:
    """With somebody who has signed in by the printed link."""
    data = folder / "data"
    options = ["demo", "--port", "0", "--sandbox-port", "0", "--data-dir", str(data)]
    with started(options, PATTERNS, folder / "log.txt") as process:
        yield World(process, data, _sign_in(process), lambda: _stepline(data))


def _sign_in(process: Started) -> Any:
    """As Playwright keeps it between windows."""
    link = process.found["link"]
    with httpx.Client(follow_redirects=True) as visitor:
        token = TOKEN.search(visitor.get(link).text)
        assert token
        visitor.post(link, data={"csrftoken": token[1]}).raise_for_status()
        cookies = [
            {"name": cookie.name, "value": cookie.value, "domain": urlsplit(link).hostname, "path": "/"}
            for cookie in visitor.cookies.jar
        ]
    return {"cookies": cookies, "origins": []}


@contextmanager
def _stepline(data: Path) -> Iterator[Any]:
    stepline = open_stepline(Settings.load(data_dir=data), working=False)
    try:
        yield stepline
    finally:
        stepline.close()
