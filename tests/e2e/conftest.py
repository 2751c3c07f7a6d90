"""Stepline with its sandbox as real processes, and a Chromium to visit it with. Shared by all tests of a module."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from engine.assembly import open_stepline
from engine.settings import Settings
from tests.e2e.editor import EditorPage, World
from tests.e2e.processes import started

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
"""How long a browser may take for one thing: much, because other tests may keep the machine busy."""
expect.set_options(timeout=PATIENCE_MS)
PATTERNS = {
    "product": r"Address\s+(http://\S+)",
    "sandbox": r"Sandbox\s+(http://\S+)",
    "link": r"^\s+(http://\S+/signin/\S+)$",
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Started anew for each module: Playwright's event loop must not stand in the way of other tests' loops."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[World]:
    """A demo that runs, and somebody who has signed in."""
    folder = tmp_path_factory.mktemp("demo")
    data = folder / "data"
    options = ["demo", "--port", "0", "--sandbox-port", "0", "--data-dir", str(data)]
    with started(options, PATTERNS, folder / "log.txt") as process:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(process.found["link"])
        page.wait_for_url(lambda url: "signin" not in url)
        signed_in = context.storage_state()
        context.close()
        yield World(process, data, signed_in, lambda: _stepline(data))


@contextmanager
def _stepline(data: Path) -> Iterator[Any]:
    stepline = open_stepline(Settings.load(data_dir=data), working=False)
    try:
        yield stepline
    finally:
        stepline.close()


@pytest.fixture
def visit(chromium: Browser, world: World) -> Iterator[Callable[..., EditorPage]]:
    """Opens the editor of a workflow (its id) in a window of its own. Nothing may go wrong in the console."""
    contexts: list[BrowserContext] = []
    pages: list[EditorPage] = []

    def open_editor(workflow: str, *, query: str = "", **options: Any) -> EditorPage:
        shape: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", **options}
        context = chromium.new_context(storage_state=world.signed_in, base_url=world.product, **shape)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = EditorPage(context.new_page(), workflow)
        pages.append(page)
        page.open(query)
        return page

    yield open_editor
    for context in contexts:
        context.close()
    assert [fault for page in pages for fault in page.faults] == []
