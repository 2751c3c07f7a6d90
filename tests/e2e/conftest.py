"""Stepline with its sandbox as real processes, and a Chromium to visit it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e import demo as demos
from tests.e2e.editor import EditorPage, World

PATIENCE_MS = 30_000
"""How long a browser may take for one thing: much, because other tests may keep the machine busy."""
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Started anew for each module: Playwright's event loop must not stand in the way of other tests' loops."""
    with demos.browser() as launched:
        yield launched


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with demos.demo(tmp_path_factory.mktemp("demo")) as world:
        yield world


@pytest.fixture
def world(demo: World) -> Iterator[World]:
    """A demo that runs, and somebody who has signed in. Tests share it, so what a test leaves behind is taken away."""
    before = demo.contents()
    yield demo
    for vendor in ("gohighlevel", "mailercloud"):
        demo.set_fault(vendor, "none")
    demo.restore(before)


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
