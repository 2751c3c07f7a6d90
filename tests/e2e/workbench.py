"""The pages of the product as somebody sees them, beside the sandbox where things happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from tests.e2e.editor import World

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@contextmanager
def window(chromium: Browser, world: World, **options: Any) -> Iterator[Page]:
    """One signed-in window. A script that fails in it fails the test."""
    shape: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **options}
    context = chromium.new_context(storage_state=world.signed_in, base_url=world.product, **shape)
    context.set_default_timeout(20_000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def row(page: Page, text: str) -> Locator:
    """The row of a list that says this."""
    return page.locator("tr", has_text=text)


def tick(page: Page, *texts: str) -> None:
    for text in texts:
        row(page, text).locator("input.box").check()


def says(page: Page, text: str) -> None:
    """The message in the corner."""
    page.locator("#toasts").get_by_text(text).wait_for()


def wider_than_the_screen(page: Page) -> int:
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wider
