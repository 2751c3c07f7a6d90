"""A trigger that runs by the clock says when it starts next while one fills it in."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.editor import EditorPage, World

Visit = Callable[..., EditorPage]


def test_next_starts_follow_the_fields(world: World, visit: Visit) -> None:
    given = {"cron": "30 8 * * MON-FRI", "timezone": "Europe/Stockholm"}
    workflow = world.workflow(operation="schedule.times.cron", connection=None, input=given)
    editor = visit(workflow, query="?step=@trigger")

    times = editor.panel.locator(".next-times")
    expect(times).to_contain_text("Starts next (Europe/Stockholm)")
    expect(times.locator("li")).to_have_count(5)
    expect(times).to_contain_text(", 08:30")

    editor.text("/input/cron").fill("15 20 * * *")
    expect(times).to_contain_text(", 20:15")
    editor.text("/input/cron").fill("never")
    expect(times).to_be_hidden()
