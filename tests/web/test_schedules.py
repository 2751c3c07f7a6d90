"""When workflows that run by the clock start next, as people see it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors._kit.registry import Registry
from tests.web.conftest import Browser, Site
from web.schedules import next_starts

REGISTRY = Registry.load()
NOW = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
MORNINGS = {"operation": "schedule.times.cron", "input": {"cron": "30 8 * * *", "timezone": "Europe/Stockholm"}}


def test_five_times_keep_their_hour_when_the_clocks_change() -> None:
    found = next_starts(REGISTRY, MORNINGS, NOW)

    assert found is not None
    assert found.zone == "Europe/Stockholm"
    assert len(found.times) == 5
    assert found.times[:2] == ["Saturday, 28 March 2026, 08:30", "Sunday, 29 March 2026, 08:30"]


@pytest.mark.parametrize("input", [{}, {"cron": "often"}, {"cron": "* * * * *", "timezone": "Mars"}])
def test_no_times_while_a_field_is_wrong(input: dict[str, Any]) -> None:
    found = next_starts(REGISTRY, {"operation": "schedule.times.cron", "input": input}, NOW)

    assert found is not None
    assert found.times == ()


def test_other_triggers_have_none() -> None:
    assert next_starts(REGISTRY, {"operation": "webhook.hooks.received"}, NOW) is None
    assert next_starts(REGISTRY, {"operation": "gone.gone.gone"}, NOW) is None


async def test_page_of_a_workflow_names_its_next_starts(site: Site, anna: Browser) -> None:
    workflow = site.shell.workflows.create("Every morning", {"trigger": MORNINGS, "steps": []})

    page = (await anna.get(f"/workflows/{workflow.id}")).text

    assert "Starts next" in page
    assert "once it is switched on" in page
    assert page.count(", 08:30</li>") == 5


async def test_editor_asks_for_the_times_of_what_is_filled_in(site: Site, anna: Browser) -> None:
    workflow = site.workflow()

    answer = await anna.client.post(
        f"/workflows/{workflow.id}/edit/times", json=MORNINGS, headers={"x-csrftoken": anna.csrf}
    )

    assert answer.json()["zone"] == "Europe/Stockholm"
    assert len(answer.json()["times"]) == 5
