from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.web.api.conftest import Api
from tests.web.api.steps import HAS_EMAIL, SEND

BROKEN = {"key": "has_email", "kind": "filter", "match": "all", "rules": []}


async def test_workflows_are_found_by_name_and_state(api: Api, client: httpx.AsyncClient) -> None:
    on, off = api.workflow(HAS_EMAIL, name="Alpha on"), api.workflow(HAS_EMAIL, name="alpha off")
    api.stepline.workflows.enable(on.id)

    both = (await client.get("/api/v1/workflows", params={"text": "alpha"})).json()["items"]
    only_on = (await client.get("/api/v1/workflows", params={"enabled": "true"})).json()["items"]

    assert [found["id"] for found in both] == [off.id, on.id]
    assert [found["id"] for found in only_on] == [on.id]
    assert "draft" not in both[0]


async def test_workflow_shows_its_steps_and_where_to_send_events(api: Api, client: httpx.AsyncClient) -> None:
    workflow = api.workflow(HAS_EMAIL)

    shown = (await client.get(f"/api/v1/workflows/{workflow.id}")).json()

    assert shown["draft"]["steps"] == [HAS_EMAIL]
    assert shown["problems"] == []
    assert shown["hook_url"].startswith("http://stepline.test/hooks/")


async def test_unknown_workflow_is_a_problem_with_words(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/workflows/nope")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "This workflow no longer exists.",
        "instance": "/api/v1/workflows/nope",
    }


async def test_recipe_becomes_a_workflow_with_the_chosen_accounts(api: Api, client: httpx.AsyncClient) -> None:
    recipe = (await client.get("/api/v1/recipes/new-contact-welcome-sequence")).json()
    alias = next(name for name, needed in recipe["connections"].items() if needed["connector"] == "mailercloud")
    connection_id = api.connection_id()

    answer = await client.post(
        "/api/v1/workflows",
        json={"recipe": recipe["slug"], "connections": {alias: connection_id}, "name": "Our welcome"},
    )

    made = answer.json()
    assert answer.status_code == 201
    assert (made["name"], made["enabled"], made["recipe"]) == ("Our welcome", False, recipe["slug"])
    assert connection_id in {step.get("connection") for step in made["draft"]["steps"]}
    assert made["problems"], "the other account is still open"


async def test_whole_recipe_is_accepted_too(api: Api, client: httpx.AsyncClient) -> None:
    exported = (await client.get(f"/api/v1/workflows/{api.workflow(HAS_EMAIL, SEND).id}/export")).json()

    made = (await client.post("/api/v1/workflows", json={"recipe": exported})).json()

    assert made["draft"]["steps"] == [HAS_EMAIL, SEND]


async def test_bad_recipe_lists_every_problem_by_place(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/workflows", json={"recipe": {"format": 1, "name": ""}})

    assert answer.status_code == 422
    assert len(answer.json()["problems"]) > 1
    assert all("pointer" in problem and problem["message"] for problem in answer.json()["problems"])


async def test_malformed_step_hides_no_other_problem(client: httpx.AsyncClient) -> None:
    recipe = (await client.get("/api/v1/recipes/new-contact-welcome-sequence")).json()
    recipe["steps"] += [
        {"key": "later", "kind": "delay", "for": {"amount": 1, "unit": "years"}},
        {"key": "gone", "kind": "action", "operation": "mailercloud.contacts.nope"},
    ]

    answer = await client.post("/api/v1/workflows", json={"recipe": recipe})

    assert [(problem["step"], problem["field"]) for problem in answer.json()["problems"]] == [
        ("later", "for/unit"),
        ("gone", None),
    ]


async def test_unknown_recipe_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/workflows", json={"recipe": "nope"})

    assert answer.status_code == 404


@pytest.mark.parametrize("body", [{}, {"recipe": 3}, [], {"recipe": "x", "connections": []}])
async def test_body_of_the_wrong_form_is_refused_by_place(client: httpx.AsyncClient, body: Any) -> None:
    answer = await client.post("/api/v1/workflows", json=body)

    assert answer.status_code == 422
    assert answer.json()["problems"]


@pytest.mark.parametrize(
    ("path", "body", "unknown"),
    [
        ("", {"recipe": "new-contact-welcome-sequence", "enabled": True}, "enabled"),
        ("/{id}/publish", {"notes": "First"}, "notes"),
        ("/{id}/runs", {"data": {"email": "anna@example.com"}}, "data"),
        ("/{id}/runs", {"dry_run": True}, "dry_run"),
    ],
)
async def test_field_that_is_not_known_is_named_instead_of_being_left_out(
    api: Api, client: httpx.AsyncClient, path: str, body: Any, unknown: str
) -> None:
    workflow = api.workflow(HAS_EMAIL)

    answer = await client.post(f"/api/v1/workflows{path.format(id=workflow.id)}", json=body)

    assert answer.status_code == 422
    assert answer.json()["problems"] == [
        {"pointer": f"/body/{unknown}", "message": f"“{unknown}” is not known here; remove it or correct its name."}
    ]


@pytest.mark.parametrize("body", [b'{"payload": ', b"\xff", b"[" * 100_000])
async def test_body_that_is_no_json_is_refused_as_such(api: Api, client: httpx.AsyncClient, body: bytes) -> None:
    path = f"/api/v1/workflows/{api.workflow(HAS_EMAIL).id}/runs"

    answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


async def test_switching_on_publishes_and_switching_off_keeps_the_version(api: Api, client: httpx.AsyncClient) -> None:
    path = f"/api/v1/workflows/{api.workflow(HAS_EMAIL).id}"

    on = (await client.post(f"{path}/enable")).json()
    off = (await client.post(f"{path}/disable")).json()

    assert (on["enabled"], on["live_number"]) == (True, 1)
    assert (off["enabled"], off["live_number"]) == (False, 1)


@pytest.mark.parametrize("what", ["enable", "publish"])
async def test_broken_draft_cannot_go_live(api: Api, client: httpx.AsyncClient, what: str) -> None:
    answer = await client.post(f"/api/v1/workflows/{api.workflow(BROKEN).id}/{what}")

    assert answer.status_code == 422
    assert answer.json()["problems"][0]["step"] == "has_email"


@pytest.mark.parametrize(("broken", "said"), [(1, "There is still one thing"), (2, "There are still 2 things")])
async def test_refusal_counts_what_is_to_mend(api: Api, client: httpx.AsyncClient, broken: int, said: str) -> None:
    steps = [{**BROKEN, "key": f"filter_{number}"} for number in range(broken)]

    answer = await client.post(f"/api/v1/workflows/{api.workflow(*steps).id}/enable")

    assert answer.json()["detail"] == f"{said} to mend before this workflow can run."


async def test_publishing_keeps_the_note(api: Api, client: httpx.AsyncClient) -> None:
    workflow = api.workflow(HAS_EMAIL)

    version = (await client.post(f"/api/v1/workflows/{workflow.id}/publish", json={"note": "First"})).json()

    assert (version["number"], version["note"]) == (1, "First")


async def test_payload_that_can_never_be_stored_is_refused(api: Api, client: httpx.AsyncClient) -> None:
    path = f"/api/v1/workflows/{api.workflow(HAS_EMAIL).id}/runs"
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"deeper": deep}

    answer = await client.post(path, json={"payload": deep})

    assert answer.status_code == 422
    assert "too deeply nested" in answer.json()["detail"]


async def test_dry_run_sends_nothing(api: Api, client: httpx.AsyncClient) -> None:
    path = f"/api/v1/workflows/{api.workflow(HAS_EMAIL, SEND).id}/runs"

    answer = await client.post(path, json={"payload": {"email": "anna@example.com"}})
    await api.idle()

    run = (await client.get(f"/api/v1/runs/{answer.json()['run_id']}")).json()
    assert answer.status_code == 202
    assert (run["mode"], run["status"], api.network.requests) == ("dry", "succeeded", [])


async def test_test_run_sends_for_real(api: Api, client: httpx.AsyncClient) -> None:
    path = f"/api/v1/workflows/{api.workflow(HAS_EMAIL, SEND).id}/runs"

    await client.post(path, json={"payload": {"email": "anna@example.com"}, "mode": "test"})
    await api.idle()

    assert [str(request.url) for request in api.network.requests] == ["https://crm.example.com/people"]


async def test_live_run_needs_a_workflow_that_is_on(api: Api, client: httpx.AsyncClient) -> None:
    workflow = api.workflow(HAS_EMAIL)
    path, body = f"/api/v1/workflows/{workflow.id}/runs", {"payload": {"email": "a@example.com"}, "mode": "live"}

    refused = await client.post(path, json=body)
    api.stepline.workflows.enable(workflow.id)
    started = await client.post(path, json=body)
    await api.idle()

    run = api.stepline.runs.get(started.json()["run_id"]).run
    assert (refused.status_code, started.status_code) == (409, 202)
    assert (run.mode, run.version_number, run.status) == ("live", 1, "succeeded")


async def test_export_carries_names_instead_of_accounts(api: Api, client: httpx.AsyncClient) -> None:
    connection_id = api.connection_id()
    step = {
        "key": "find",
        "kind": "search",
        "operation": "mailercloud.contacts.search",
        "connection": connection_id,
        "input": {},
    }

    answer = await client.get(f"/api/v1/workflows/{api.workflow(step).id}/export")

    assert answer.headers["content-disposition"] == 'attachment; filename="greet.json"'
    assert connection_id not in answer.text
    assert answer.json()["connections"]["mailercloud"]["connector"] == "mailercloud"
