"""The page of a run with long loops stays small, and every iteration can be looked at."""

from __future__ import annotations

import re
from typing import Any

from tests.support.history import History
from tests.web.conftest import Browser, Site
from web.iterations import AT_ONCE

SEND: dict[str, Any] = {"key": "send", "kind": "filter", "rules": []}
INNER: dict[str, Any] = {"key": "inner", "kind": "loop", "items": "{{ 1 }}", "steps": [SEND]}
EACH: dict[str, Any] = {"key": "each", "kind": "loop", "items": "{{ 1 }}", "steps": [SEND]}


def looped(site: Site, count: int, *, stands_at: str | None = None) -> str:
    """The address of a run with so many iterations."""
    history = History(site.shell.database, site.shell.clock)
    workflow = history.workflow(definition={"trigger": {"operation": "webhook.hooks.received"}, "steps": [EACH]})
    run = history.run(workflow, "failed" if stands_at else "succeeded", step_path=stands_at)
    history.step(run, "each", 0, kind="loop", input={"count": count})
    for index in range(count):
        history.step(run, f"each/{index}/send", index + 1, kind="filter", output={"sent": f"mail-{index + 1}."})
    return f"/runs/{run}"


def items(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"item (\d+)</span>", page)]


async def test_long_loop_is_shown_in_parts_that_lead_to_each_other(site: Site, anna: Browser) -> None:
    path = looped(site, AT_ONCE * 2 + 1)

    first = (await anna.get(path)).text
    later = re.search(r'href="([^"]+)#step-each">(?:<svg.*?</svg>)?Later', first)
    assert later
    second = (await anna.get(later[1].replace("&amp;", "&"))).text
    third = (await anna.get(f"{path}?loop=each&item={AT_ONCE * 2 + 1}")).text

    assert items(first) == list(range(1, AT_ONCE + 1))
    assert items(second) == list(range(AT_ONCE + 1, AT_ONCE * 2 + 1))
    assert items(third) == [AT_ONCE * 2 + 1]
    assert ">Earlier</a>" not in first
    assert ">Later</a>" not in third
    assert f"mail-{AT_ONCE * 2 + 1}." in third


async def test_any_item_is_found_by_its_number(site: Site, anna: Browser) -> None:
    page = (await anna.get(f"{looped(site, 100)}?loop=each&item=57")).text

    assert 57 in items(page)
    assert len(items(page)) == AT_ONCE


async def test_item_at_which_the_run_stopped_is_shown_first(site: Site, anna: Browser) -> None:
    page = (await anna.get(looped(site, 100, stands_at="each/76/send"))).text

    assert 77 in items(page)
    assert len(items(page)) == AT_ONCE


async def test_short_loop_is_shown_whole(site: Site, anna: Browser) -> None:
    page = (await anna.get(looped(site, AT_ONCE))).text

    assert len(items(page)) == AT_ONCE
    assert "Items of the loop" not in page


async def test_loop_in_a_loop_has_parts_of_its_own(site: Site, anna: Browser) -> None:
    history = History(site.shell.database, site.shell.clock)
    outer = {**EACH, "steps": [INNER]}
    workflow = history.workflow(definition={"trigger": {"operation": "webhook.hooks.received"}, "steps": [outer]})
    run = history.run(workflow)
    history.step(run, "each", 0, kind="loop")
    history.step(run, "each/30/inner", 1, kind="loop")
    for index in range(50):
        history.step(run, f"each/30/inner/{index}/send", index + 2, kind="filter")

    assert items((await anna.get(f"/runs/{run}")).text) == []
    page = (await anna.get(f"/runs/{run}?loop=each/30/inner&item=45")).text
    assert items(page) == [31, *range(41, 51)]


async def test_number_that_is_none_changes_nothing(site: Site, anna: Browser) -> None:
    path = looped(site, 30)

    for item in ("", "0", "-1", "x"):
        assert items((await anna.get(f"{path}?loop=each&item={item}")).text) == list(range(1, AT_ONCE + 1))
    assert items((await anna.get(f"{path}?loop=each&item=999999999")).text) == list(range(AT_ONCE + 1, 31))
