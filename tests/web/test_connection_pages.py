"""Connections in the browser: add, test, change, remove; secrets stay secret."""

from __future__ import annotations

from sqlalchemy import update

from engine.storage.tables import Connection
from tests.support.clock import SettableClock
from tests.web.conftest import Browser, Outside, Site

FORM = {"auth": "api_key", "name": "Newsletter", "values/api_key": "k-456"}


async def test_connection_is_saved_after_the_app_let_us_in(site: Site, anna: Browser, outside: Outside) -> None:
    outside.says("/v1/client/plan", {"data": {"name": "Harbor Studio", "plan": "Pro"}})
    answer = await anna.post("/connections/new/mailercloud", FORM)
    (connection,) = site.shell.connections.list()
    assert answer.headers["location"] == f"/connections/{connection.id}"
    assert connection.status == "ok"
    page = (await anna.get(answer.headers["location"])).text
    assert "Harbor Studio" in page
    assert "k-456" not in page


async def test_refused_login_is_not_saved_unless_insisted_on(site: Site, anna: Browser, outside: Outside) -> None:
    outside.says("/v1/", {"message": "Invalid key"}, 401)
    answer = await anna.post("/connections/new/mailercloud", FORM)
    assert answer.status_code == 422
    assert "Save anyway" in answer.text
    assert "Check what you entered here" in answer.text
    assert "Open the connection" not in answer.text
    assert site.shell.connections.list() == []

    assert (await anna.post("/connections/new/mailercloud", {**FORM, "save": "anyway"})).status_code == 303
    assert site.shell.connections.list()[0].status == "failing"


async def test_missing_key_is_named_beside_its_field(site: Site, anna: Browser) -> None:
    answer = await anna.post("/connections/new/mailercloud", {"auth": "api_key", "name": "Newsletter"})
    assert answer.status_code == 422
    assert 'id="values/api_key-problem"' in answer.text


async def test_empty_secret_keeps_the_stored_one(site: Site, anna: Browser, outside: Outside) -> None:
    connection = site.connect()
    answer = await anna.post(f"/connections/{connection.id}", {"name": "Renamed", "values/api_key": ""})
    assert answer.status_code == 303
    assert site.shell.connections.get(connection.id).name == "Renamed"
    assert site.shell.connections.credentials(connection.id).values["api_key"] == "k-123"


async def test_refused_new_key_does_not_replace_the_old_one(site: Site, anna: Browser, outside: Outside) -> None:
    connection = site.connect()
    outside.says("/v1/", {"message": "Invalid key"}, 401)
    answer = await anna.post(f"/connections/{connection.id}", {"name": "Mailercloud", "values/api_key": "wrong"})
    assert answer.status_code == 422
    assert "wrong" not in answer.text
    assert "Type it again." in answer.text
    assert "Leave empty to keep it" not in answer.text
    assert "Check what you entered here" in answer.text
    assert site.shell.connections.credentials(connection.id).values["api_key"] == "k-123"


async def test_refused_key_that_is_insisted_on_is_saved_with_a_warning(
    site: Site, anna: Browser, outside: Outside
) -> None:
    connection = site.connect()
    outside.says("/v1/", {"message": "Invalid key"}, 401)
    form = {"name": "Mailercloud", "values/api_key": "of tomorrow", "save": "anyway"}
    answer = await anna.post(f"/connections/{connection.id}", form)
    assert "the app did not let Stepline in" in (await anna.get(answer.headers["location"])).text
    assert site.shell.connections.credentials(connection.id).values["api_key"] == "of tomorrow"


async def test_failed_test_is_told_with_its_reason(site: Site, anna: Browser, outside: Outside) -> None:
    connection = site.connect()
    outside.says("/v1/", {"message": "Invalid key"}, 401)
    await anna.post(f"/connections/{connection.id}/test")
    page = (await anna.get(f"/connections/{connection.id}")).text
    assert "Needs mending" in page
    assert "does not work" in (await anna.get("/")).text


async def test_used_connection_cannot_be_deleted(site: Site, anna: Browser) -> None:
    connection = site.connect()
    step = {"key": "tag", "kind": "action", "operation": "mailercloud.contacts.tag", "connection": connection.id}
    site.workflow({**step, "input": {}})
    page = (await anna.get(f"/connections/{connection.id}")).text
    assert "Greet" in page
    await anna.post(f"/connections/{connection.id}/delete")
    assert "is used by “Greet”" in (await anna.get(f"/connections/{connection.id}")).text


async def test_unused_connection_is_deleted(site: Site, anna: Browser) -> None:
    connection = site.connect()
    assert (await anna.post(f"/connections/{connection.id}/delete")).headers["location"] == "/connections"
    assert site.shell.connections.list() == []


async def test_webhook_address_can_be_renewed(site: Site, anna: Browser) -> None:
    connection = site.connect()
    before = site.shell.connections.hook(connection.id).path
    assert before in (await anna.get(f"/connections/{connection.id}")).text
    await anna.post(f"/connections/{connection.id}/hook")
    assert before not in (await anna.get(f"/connections/{connection.id}")).text


async def test_choices_come_from_the_account_that_the_form_names(site: Site, anna: Browser, outside: Outside) -> None:
    connection = site.connect()
    outside.says("/v1/lists/search", {"data": [{"id": "L1", "name": "<b>Newsletter</b>"}]})
    url = "/connections/options?operation=mailercloud.lists.options&from=connections/mailercloud"
    answer = await anna.get(f"{url}&connections/mailercloud={connection.id}", **{"hx-request": "true"})
    assert '<option value="L1">' in answer.text
    assert "<b>" not in answer.text
    assert (await anna.get(url)).text.strip() == ""


async def test_choices_that_cannot_be_fetched_are_explained_in_one_line(
    site: Site, anna: Browser, outside: Outside
) -> None:
    connection = site.connect()
    outside.says("/v1/", {"message": "Invalid key"}, 401)
    url = f"/connections/options?operation=mailercloud.lists.options&connection={connection.id}"
    answer = await anna.get(url, **{"hx-request": "true"})
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/plain")


async def test_account_connected_for_a_recipe_leads_back_to_it(site: Site, anna: Browser, outside: Outside) -> None:
    page = (await anna.get("/recipes/new-contact-welcome-sequence")).text
    there = "/connections/new/mailercloud?next=%2Frecipes%2Fnew-contact-welcome-sequence"
    assert f'href="{there}"' in page
    assert f'action="{there}"' in (await anna.get(there)).text
    assert (await anna.post(there, FORM)).headers["location"] == "/recipes/new-contact-welcome-sequence"
    elsewhere = await anna.post("/connections/new/mailercloud?next=https://evil.example", FORM)
    assert elsewhere.headers["location"].startswith("/connections/")


async def test_deleting_asks_first(site: Site, anna: Browser) -> None:
    connection = site.connect()
    assert "forgets its key" in (await anna.get(f"/connections/{connection.id}/delete")).text
    site.workflow(
        {
            "key": "tag",
            "kind": "action",
            "operation": "mailercloud.contacts.tag",
            "connection": connection.id,
            "input": {},
        }
    )
    page = (await anna.get(f"/connections/{connection.id}/delete")).text
    assert "It is still used." in page
    assert "Delete</button>" not in page


async def test_age_of_a_key_and_who_uses_it_stand_in_the_list(
    site: Site, anna: Browser, clock: SettableClock, outside: Outside
) -> None:
    connection = site.connect()
    assert ">New<" in (await anna.get("/connections")).text
    clock.forward(days=20)  # not so far that the session ends
    page = (await anna.get("/connections")).text
    assert "20 days old" in page
    assert "Nothing yet" in page
    await anna.post(f"/connections/{connection.id}", {"name": "Mailercloud", "values/api_key": "k-new"})
    assert ">New<" in (await anna.get("/connections")).text


async def test_sign_in_that_ended_asks_to_sign_in_again(site: Site, anna: Browser) -> None:
    connection = site.connect()
    with site.shell.database.write() as session:
        changed = update(Connection).where(Connection.id == connection.id)
        session.execute(changed.values(status="needs_reconnect", status_message="The sign-in has ended."))
    assert "needs you to sign in again" in (await anna.get("/")).text
    assert "Sign in again" in (await anna.get("/connections")).text


async def test_refused_delivery_is_shown_until_the_address_changes(site: Site, anna: Browser) -> None:
    values = {"token": "t", "location_id": "l"}
    connection = site.shell.connections.create("gohighlevel", "private_token", "Agency", values)
    token = site.shell.connections.hook(connection.id).token
    await site.shell.receiver.receive(token, "POST", {}, b'{"type": "ContactCreate"}')

    page = (await anna.get(f"/connections/{connection.id}")).text
    await anna.post(f"/connections/{connection.id}/hook")

    assert "A delivery was refused" in page
    assert "is not signed" in page
    assert "A delivery was refused" not in (await anna.get(f"/connections/{connection.id}")).text


async def test_passing_failure_of_a_test_leaves_a_working_connection_working(
    site: Site, anna: Browser, outside: Outside
) -> None:
    connection = site.connect()
    outside.says("/v1/", {"data": {"name": "Harbor Studio", "plan": "Pro"}})
    await anna.post(f"/connections/{connection.id}/test", {})
    outside.says("/v1/", {"message": "Oops"}, 500)

    answer = await anna.post(f"/connections/{connection.id}/test", {})

    page = (await anna.get(answer.headers["location"])).text
    assert "has a problem at the moment" in page and "says: Oops. Wait a moment and test again." in page
    assert "held" not in page and "does not let Stepline in" not in page
    assert "Harbor Studio" in page
    assert "does not work" not in (await anna.get("/")).text


async def test_only_a_refused_log_in_is_said_to_hold_runs(site: Site, anna: Browser, outside: Outside) -> None:
    connection = site.connect()
    said = {}
    for status in (403, 401):
        outside.says("/v1/", {"message": "No"}, status)
        await anna.post(f"/connections/{connection.id}/test", {})
        page = (await anna.get(f"/connections/{connection.id}")).text
        said[status] = ("are held" in page, "This connection does not work" in page)
    assert said == {403: (False, True), 401: (True, False)}


async def test_connection_saved_during_a_passing_failure_counts_as_not_tested(
    site: Site, anna: Browser, outside: Outside
) -> None:
    outside.says("/v1/", {"message": "Oops"}, 500)
    answer = await anna.post("/connections/new/mailercloud", {**FORM, "save": "anyway"})
    page = (await anna.get(answer.headers["location"])).text
    assert site.shell.connections.list()[0].status == "untested"
    assert "Saved, but not proved" in page and "will be held" not in page
