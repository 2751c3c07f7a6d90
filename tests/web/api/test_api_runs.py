from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.web.api.conftest import Api
from tests.web.api.steps import HAS_EMAIL, SEND

ANNA = {"email": "anna@example.com"}


async def test_runs_come_newest_first_a_page_at_a_time(api: Api, client: httpx.AsyncClient) -> None:
    workflow = api.workflow(HAS_EMAIL)
    made = [await api.run(workflow, ANNA) for _ in range(5)]

    pages: list[list[str]] = []
    before: str | None = None
    while True:
        params: dict[str, Any] = {"limit": 2, **({"before": before} if before else {})}
        page = (await client.get("/api/v1/runs", params=params)).json()
        pages.append([run["id"] for run in page["items"]])
        before = page["next"]
        if before is None:
            break

    assert pages == [made[4:2:-1], made[2:0:-1], made[:1]]


async def test_runs_are_filtered_by_state_workflow_and_text(api: Api, client: httpx.AsyncClient) -> None:
    first, second = api.workflow(HAS_EMAIL), api.workflow(HAS_EMAIL, name="Other")
    passed, stopped = await api.run(first, ANNA), await api.run(first, {"email": ""})
    other = await api.run(second, {"email": "ben@example.com"})

    async def found(**params: Any) -> set[str]:
        return {run["id"] for run in (await client.get("/api/v1/runs", params=params)).json()["items"]}

    assert await found(status="filtered") == {stopped}
    assert await found(status=["filtered", "succeeded"]) == {passed, stopped, other}
    assert await found(workflow=second.id) == {other}
    assert await found(text="ben@") == {other}


@pytest.mark.parametrize("params", [{"status": "done"}, {"limit": 0}, {"limit": 501}])
async def test_filter_that_makes_no_sense_is_refused(client: httpx.AsyncClient, params: Any) -> None:
    assert (await client.get("/api/v1/runs", params=params)).status_code == 422


async def test_run_shows_each_step_with_its_requests(api: Api, client: httpx.AsyncClient) -> None:
    run_id = await api.run(api.workflow(HAS_EMAIL, SEND), ANNA)

    run = (await client.get(f"/api/v1/runs/{run_id}")).json()

    assert (run["status"], run["subject"], run["event"]["payload"]) == ("succeeded", "anna@example.com", ANNA)
    assert [step["path"] for step in run["steps"]] == ["has_email", "send"]
    exchange = run["steps"][1]["attempts"][0]["exchanges"][0]
    assert (exchange["request"]["url"], exchange["response"]["status"]) == ("https://crm.example.com/people", 200)


async def test_uncertain_run_is_held_until_somebody_decides(api: Api, client: httpx.AsyncClient) -> None:
    run_id = await _held(api)

    decided = await client.post(f"/api/v1/runs/{run_id}/resolve", json={"answer": "done", "output": {"status": 201}})
    await _go_on(api)

    run = (await client.get(f"/api/v1/runs/{run_id}")).json()
    assert decided.status_code == 200
    assert (run["status"], run["steps"][1]["output"]) == ("succeeded", {"status": 201})
    (attempt,) = run["steps"][1]["attempts"]
    assert (attempt["status"], attempt["error"]["kind"]) == ("uncertain", "uncertain")
    assert attempt["decision"] == {"answer": "done", "by": "Anna", "at": run["steps"][1]["finished_at"]}
    assert len(api.network.requests) == 1


async def test_decision_with_a_field_that_is_not_known_decides_nothing(api: Api, client: httpx.AsyncClient) -> None:
    run_id = await _held(api)

    answer = await client.post(f"/api/v1/runs/{run_id}/resolve", json={"answer": "done", "outputs": {"status": 201}})

    assert answer.status_code == 422
    assert "“outputs” is not known here" in answer.json()["problems"][0]["message"]
    assert api.stepline.runs.get(run_id).run.status == "held"


async def test_step_whose_log_in_was_refused_is_held_and_then_stopped(api: Api, client: httpx.AsyncClient) -> None:
    api.network.script = lambda request: httpx.Response(401)
    step = {
        "key": "find",
        "kind": "search",
        "operation": "mailercloud.contacts.search",
        "connection": api.connection_id(),
        "input": {"list_id": "l-1"},
    }
    run_id = await api.run(api.workflow(step), ANNA)

    held = (await client.get(f"/api/v1/runs/{run_id}")).json()
    await client.post(f"/api/v1/runs/{run_id}/cancel")
    stopped = (await client.get(f"/api/v1/runs/{run_id}")).json()

    assert [(run["status"], run["steps"][0]["status"]) for run in (held, stopped)] == [
        ("held", "held"),
        ("cancelled", "stopped"),
    ]


async def test_held_step_is_tried_again_on_demand(api: Api, client: httpx.AsyncClient) -> None:
    run_id = await _held(api)
    api.network.script = lambda request: httpx.Response(201, json={})

    await client.post(f"/api/v1/runs/{run_id}/resolve", json={"answer": "retry"})
    await _go_on(api)

    assert (await client.get(f"/api/v1/runs/{run_id}")).json()["status"] == "succeeded"
    assert len(api.network.requests) == 2


async def test_held_run_can_be_cancelled_once(api: Api, client: httpx.AsyncClient) -> None:
    run_id = await _held(api)

    first = await client.post(f"/api/v1/runs/{run_id}/cancel")
    second = await client.post(f"/api/v1/runs/{run_id}/cancel")

    assert (first.json()["status"], second.status_code) == ("cancelled", 409)


async def test_run_that_is_not_held_needs_no_decision(api: Api, client: httpx.AsyncClient) -> None:
    run_id = await api.run(api.workflow(HAS_EMAIL), ANNA)

    answer = await client.post(f"/api/v1/runs/{run_id}/resolve", json={"answer": "done"})

    assert (answer.status_code, answer.json()["detail"]) == (409, "It is not waiting for a decision.")


async def test_repeat_runs_the_same_event_again(api: Api, client: httpx.AsyncClient) -> None:
    run_id = await api.run(api.workflow(HAS_EMAIL), ANNA)

    again = (await client.post(f"/api/v1/runs/{run_id}/repeat")).json()
    await api.idle()

    new = api.stepline.runs.get(again["run_id"])
    assert again["run_id"] != run_id
    assert (new.run.status, new.event.payload) == ("succeeded", ANNA)


@pytest.mark.parametrize("path", ["", "/cancel", "/repeat"])
async def test_unknown_run_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.request("POST" if path else "GET", f"/api/v1/runs/nope{path}")

    assert answer.status_code == 404


async def _held(api: Api) -> str:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("nobody answers", request=request)

    api.network.script = nobody
    run_id = await api.run(api.workflow(HAS_EMAIL, SEND), ANNA)
    assert api.stepline.runs.get(run_id).run.status == "held"
    return run_id


async def _go_on(api: Api) -> None:
    await api.stepline.dispatcher.claim_due()
    await api.idle()
