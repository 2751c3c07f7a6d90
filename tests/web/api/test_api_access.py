"""Who may call what: owner and teammate everything, a stranger nothing but what is public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.web.api.conftest import Api
from tests.web.api.steps import HAS_EMAIL, SEND
from web.api import router
from web.api.description import describe


@dataclass(frozen=True)
class Call:
    """One route as a client uses it; {…} in the path is filled in from what the test has made."""

    method: str
    path: str
    status: int
    body: Any = None
    finished: bool = False
    """Whether it is only allowed on a run that is over."""


CALLS = [
    Call("GET", "/workflows", 200),
    Call("POST", "/workflows", 201, {"recipe": "new-contact-welcome-sequence"}),
    Call("GET", "/workflows/{workflow_id}", 200),
    Call("POST", "/workflows/{workflow_id}/enable", 200),
    Call("POST", "/workflows/{workflow_id}/disable", 200),
    Call("POST", "/workflows/{workflow_id}/publish", 200),
    Call("POST", "/workflows/{workflow_id}/runs", 202, {"payload": {"email": "anna@example.com"}}),
    Call("GET", "/workflows/{workflow_id}/export", 200),
    Call("GET", "/runs", 200),
    Call("GET", "/runs/{run_id}", 200),
    Call("POST", "/runs/{run_id}/cancel", 200),
    Call("POST", "/runs/{run_id}/resolve", 200, {"answer": "done"}),
    Call("POST", "/runs/{run_id}/repeat", 202, finished=True),
    Call("GET", "/events", 200),
    Call("GET", "/events/{event_id}", 200),
    Call("GET", "/connections", 200),
    Call("GET", "/connections/{connection_id}", 200),
    Call("POST", "/connections/{connection_id}/test", 200),
    Call("GET", "/recipes", 200),
    Call("GET", "/recipes/{slug}", 200),
    Call("GET", "/catalogue/connectors", 200),
    Call("GET", "/catalogue/connectors/{key}", 200),
    Call("GET", "/catalogue/operations", 200),
    Call("GET", "/catalogue/operations/{operation_id}", 200),
]
PUBLIC = {("GET", "/health")}


@pytest.fixture
async def made(api: Api) -> dict[str, str]:
    """One thing of every noun; the run is held."""
    workflow = api.workflow(HAS_EMAIL, SEND)
    api.network.script = _no_answer
    run_id = await api.run(workflow, {"email": "anna@example.com"})
    return {
        "workflow_id": workflow.id,
        "run_id": run_id,
        "event_id": api.stepline.runs.get(run_id).event.id,
        "connection_id": api.connection_id(),
        "slug": "new-contact-welcome-sequence",
        "key": "mailercloud",
        "operation_id": "mailercloud.contacts.upsert",
    }


def test_every_route_is_in_the_table() -> None:
    described = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in describe(router)["paths"].items()
        for method in methods
    }

    assert {(call.method, call.path) for call in CALLS} | PUBLIC == described


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")
@pytest.mark.parametrize("who", ["owner", "teammate"])
async def test_people_of_this_server_may(api: Api, made: dict[str, str], call: Call, who: str) -> None:
    if call.finished:
        api.stepline.run_control.cancel(made["run_id"])
    async with api.client(getattr(api, who)) as client:
        answer = await _send(client, call, made)

    assert answer.status_code == call.status, answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_stranger_may_call_none_of_it(api: Api, made: dict[str, str], stranger: httpx.AsyncClient) -> None:
    before = api.stepline.runs.get(made["run_id"]).run

    answers = [await _send(stranger, call, made) for call in CALLS]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert {answer.headers["www-authenticate"] for answer in answers} == {'Bearer realm="Stepline"'}
    assert api.stepline.runs.get(made["run_id"]).run == before


async def test_session_cookie_counts_for_nothing(api: Api, stranger: httpx.AsyncClient) -> None:
    stranger.cookies.set("stepline_session", api.stepline.accounts.create_session(api.owner.id))

    answer = await stranger.get("/api/v1/workflows")

    assert answer.status_code == 401


async def test_revoked_token_counts_for_nothing(api: Api, stranger: httpx.AsyncClient) -> None:
    token, record = api.stepline.accounts.create_token(api.owner.id, "old")
    api.stepline.accounts.revoke_token(api.owner.id, record.id)

    answer = await stranger.get("/api/v1/workflows", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer  ", "sl_only"])
async def test_other_kinds_of_login_count_for_nothing(stranger: httpx.AsyncClient, header: str) -> None:
    answer = await stranger.get("/api/v1/workflows", headers={"Authorization": header})

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/api/v1/health", "/healthz", "/readyz", "/api/v1/openapi.json"])
async def test_health_and_description_are_public(stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(path)

    assert answer.status_code == 200


async def test_body_from_a_stranger_is_not_even_read_when_it_is_too_large(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post("/api/v1/workflows", content=b" " * (4 * 1024 * 1024 + 1))

    assert answer.status_code == 413


async def test_body_of_unknown_length_is_refused(stranger: httpx.AsyncClient) -> None:
    async def body() -> Any:
        yield b"{}"

    answer = await stranger.post("/api/v1/workflows", content=body())

    assert answer.status_code == 411


async def _send(client: httpx.AsyncClient, call: Call, made: dict[str, str]) -> httpx.Response:
    return await client.request(call.method, "/api/v1" + call.path.format(**made), json=call.body)


def _no_answer(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("nobody answers", request=request)
