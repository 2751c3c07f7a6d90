"""Connections, events, recipes, catalogue and health."""

from __future__ import annotations

import httpx
import pytest

from tests.web.api.conftest import SECRET, Api
from tests.web.api.steps import HAS_EMAIL


async def test_connection_shows_everything_but_its_secrets(api: Api, client: httpx.AsyncClient) -> None:
    connection_id = api.connection_id()
    workflow = api.workflow(
        {"key": "find", "kind": "search", "operation": "mailercloud.contacts.search", "connection": connection_id}
    )

    listed = await client.get("/api/v1/connections", params={"connector": "mailercloud"})
    shown = await client.get(f"/api/v1/connections/{connection_id}")

    assert [found["id"] for found in listed.json()["items"]] == [connection_id]
    assert shown.json()["used_by"] == [{"workflow_id": workflow.id, "name": "Greet", "enabled": False}]
    assert SECRET not in listed.text + shown.text
    assert (await client.get("/api/v1/connections", params={"connector": "other"})).json()["items"] == []


async def test_connection_test_tells_what_the_service_says(api: Api, client: httpx.AsyncClient) -> None:
    connection_id = api.connection_id()
    path = f"/api/v1/connections/{connection_id}"

    api.network.script = lambda request: httpx.Response(401, json={"message": "wrong key"})
    refused = await client.post(f"{path}/test")
    status = (await client.get(path)).json()["status"]

    assert (refused.status_code, refused.json()["ok"], status) == (200, False, "failing")
    assert refused.json()["message"]
    assert SECRET not in refused.text
    assert api.network.requests[0].headers["authorization"] == SECRET


async def test_unknown_connection_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/connections/nope")).status_code == 404
    assert (await client.post("/api/v1/connections/nope/test")).status_code == 404


async def test_events_show_what_came_of_them(api: Api, client: httpx.AsyncClient) -> None:
    workflow = api.workflow(HAS_EMAIL)
    path = api.stepline.hooks.for_workflow(workflow.id).path
    await client.post(path, json={"email": "off@example.com"})
    api.stepline.workflows.enable(workflow.id)
    on = await client.post(path, json={"email": "on@example.com"})
    await api.idle()

    events = (await client.get("/api/v1/events")).json()["items"]
    accepted = (await client.get("/api/v1/events", params={"status": "accepted"})).json()["items"]
    one = (await client.get(f"/api/v1/events/{on.json()['event_ids'][0]}")).json()

    assert [event["status"] for event in events] == ["accepted", "refused"]
    assert events[1]["reason"]
    assert accepted == [one]
    assert (one["payload"], len(one["run_ids"])) == ({"email": "on@example.com"}, 1)
    assert (await client.get("/api/v1/events/nope")).status_code == 404


async def test_recipes_say_which_accounts_they_need(client: httpx.AsyncClient) -> None:
    recipes = (await client.get("/api/v1/recipes")).json()["items"]

    needed = {account["connector"] for recipe in recipes for account in recipe["connections"].values()}
    assert len(recipes) >= 7
    assert {"gohighlevel", "mailercloud"} <= needed
    assert (await client.get("/api/v1/recipes/nope")).status_code == 404


async def test_operations_are_found_by_words_and_shown_with_their_fields(client: httpx.AsyncClient) -> None:
    found = (
        await client.get("/api/v1/catalogue/operations", params={"text": "upsert contact", "connector": "gohighlevel"})
    ).json()["items"]
    shown = (await client.get("/api/v1/catalogue/operations/gohighlevel.contacts.upsert")).json()

    assert found[0]["id"] == "gohighlevel.contacts.upsert"
    assert "email" in shown["input_schema"]["properties"]
    assert shown["effect"] == "idempotent_write"


@pytest.mark.parametrize("kind", ["trigger", "action", "search"])
async def test_operations_are_filtered_by_kind(client: httpx.AsyncClient, kind: str) -> None:
    found = (await client.get("/api/v1/catalogue/operations", params={"kind": kind})).json()["items"]

    assert {operation["kind"] for operation in found} == {kind}
    assert all((operation["trigger_mode"] is not None) == (kind == "trigger") for operation in found)


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"timing": "polled", "connector": "gohighlevel"}, "gohighlevel.contacts.created_polled"),
        ({"timing": "instant", "text": "new contact"}, "gohighlevel.contacts.created"),
        ({"scope": "contacts.write", "resource": "contacts"}, "gohighlevel.contacts.create"),
    ],
)
async def test_operations_are_filtered_by_timing_and_scope(
    client: httpx.AsyncClient, narrowed: dict[str, str], expected: str
) -> None:
    found = (await client.get("/api/v1/catalogue/operations", params={**narrowed, "limit": "1000"})).json()["items"]
    everything = (await client.get("/api/v1/catalogue/operations", params={"limit": "1000"})).json()["items"]

    assert expected in {operation["id"] for operation in found}
    assert len(found) < len(everything)
    assert {operation["timing"] for operation in found} == {narrowed.get("timing")}


async def test_apps_say_how_to_log_in(client: httpx.AsyncClient) -> None:
    apps = {app["key"]: app for app in (await client.get("/api/v1/catalogue/connectors")).json()["items"]}
    one = (await client.get("/api/v1/catalogue/connectors/gohighlevel")).json()

    assert apps["gohighlevel"] == one
    assert one["logins"][0]["fields"]["properties"]
    assert one["rate_limits"][0] == {"requests": 100, "seconds": 10}
    assert apps["formatter"]["needs_connection"] is False


@pytest.mark.parametrize("path", ["connectors/nope", "operations/no.such.thing"])
async def test_what_is_not_in_the_catalogue_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/api/v1/catalogue/{path}")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_health_fails_while_the_database_is_away(api: Api, stranger: httpx.AsyncClient) -> None:
    before = (await stranger.get("/api/v1/health")).json()
    with api.stepline.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE user RENAME TO gone")

    health, ready, alive = [await stranger.get(path) for path in ("/api/v1/health", "/readyz", "/healthz")]

    assert before == {"status": "ok"}
    assert (health.status_code, ready.status_code, alive.status_code) == (503, 503, 200)
    assert health.headers["content-type"] == "application/problem+json"
