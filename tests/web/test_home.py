"""The start page tells whether everything is well, and leads a new owner to the first automated run."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from engine.storage.tables import Connection
from tests.support.clock import SettableClock
from tests.support.history import History
from tests.web.conftest import Browser, Outside, Site


async def test_new_owner_is_led_step_by_step_until_all_is_done(working: Site, anna: Browser) -> None:
    assert "0 of 4 done" in (await anna.get("/")).text
    working.connect()
    workflow = working.workflow({"key": "only", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]})
    page = (await anna.get("/")).text
    assert "2 of 4 done" in page
    assert f'href="/workflows/{workflow.id}/test"' in page
    await anna.post(f"/workflows/{workflow.id}/test", {"payload": "{}"})
    await anna.post(f"/workflows/{workflow.id}/switch", {"on": "true"})
    assert "First steps" not in (await anna.get("/")).text


async def test_runs_are_counted_by_state_in_a_chart_and_a_table(site: Site, clock: SettableClock) -> None:
    clock.now = datetime.now(UTC)  # ids are made by the real time
    history = History(site.shell.database, clock)
    workflow = history.workflow()
    for status in ("succeeded", "succeeded", "succeeded", "failed"):
        history.run(workflow, status)
    async with site.browser(site.owner()) as anna:
        page = (await anna.get("/?span=month")).text
        assert "75.0 %" in page
        numbers = page[page.index("Show the numbers") : page.index("</table>")]
        assert re.findall(r'<td class="end">(\d+)</td>', numbers) == ["4", "3", "1"]
        row = re.search(r'href="(/runs\?since=[^"]+)"', numbers)
        assert row
        assert len(re.findall(r'id="run-', (await anna.get(html.unescape(row[1]))).text)) == 4


async def test_held_and_waiting_runs_say_why(site: Site, anna: Browser) -> None:
    history = History(site.shell.database, site.shell.clock)
    workflow = history.workflow("Greet everybody")
    history.run(workflow, "held", payload={"email": "held@example.com"})
    history.run(workflow, "waiting", payload={"email": "patient@example.com"})
    page = (await anna.get("/")).text
    assert "Needs you" in page
    assert "held@example.com" in page
    assert "patient@example.com" in page


async def test_connection_that_fails_is_to_be_mended(site: Site, anna: Browser, outside: Outside) -> None:
    connection = site.connect()
    outside.says("/v1/", {"message": "Invalid key"}, 401)
    await site.shell.connections.test(connection.id)
    page = (await anna.get("/")).text
    assert "Mailercloud does not work" in page
    assert f'href="/connections/{connection.id}#change"' in page


async def test_key_that_is_a_year_old_is_to_be_replaced(site: Site, anna: Browser) -> None:
    connection = site.connect()
    assert "old key" not in (await anna.get("/")).text
    with site.shell.database.write() as session:
        old = site.shell.clock() - timedelta(days=400)
        session.execute(update(Connection).where(Connection.id == connection.id).values(created_at=old))
    assert "Mailercloud has an old key" in (await anna.get("/")).text


async def test_unknown_span_falls_back_to_a_day(site: Site, clock: SettableClock, anna: Browser) -> None:
    history = History(site.shell.database, clock)
    history.run(history.workflow(), "succeeded")
    assert "Runs of the last 24 hours" in (await anna.get("/?span=century")).text
