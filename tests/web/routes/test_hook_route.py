"""The address where other systems deliver events: what each outcome answers, and what it never lets in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
import pytest

from engine.errors import NotFound, Overloaded, StorageUnavailable, Unstorable
from engine.triggers.receive import Receipt, Receiver
from engine.triggers.reply import Reply
from web.routes.hooks import Hooks

LIMIT = 2048


@dataclass
class ScriptedReceiver:
    answer: Receipt | Exception = field(default_factory=lambda: Receipt("accepted", event_ids=("e1",)))
    calls: list[tuple[str, str, bytes, str]] = field(default_factory=list)

    async def receive(self, token: str, method: str, headers: Mapping[str, str], raw: bytes, query: str) -> Receipt:
        self.calls.append((token, method, raw, query))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def receiver() -> ScriptedReceiver:
    return ScriptedReceiver()


@pytest.fixture
async def client(receiver: ScriptedReceiver) -> AsyncIterator[httpx.AsyncClient]:
    app = Hooks(cast(Receiver, receiver), LIMIT, {"X-Content-Type-Options": "nosniff"})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("accepted", 202),
        ("unreadable", 202),
        ("duplicate", 200),
        ("probe", 200),
        ("unknown", 404),
        ("refused", 401),
        ("switched_off", 410),
    ],
)
async def test_each_outcome_has_its_status(
    client: httpx.AsyncClient, receiver: ScriptedReceiver, outcome: Any, status: int
) -> None:
    receiver.answer = Receipt(outcome, "Said to the sender.", ("e1", "e2"))

    answer = await client.post("/hooks/secret", content=b"{}")

    assert answer.status_code == status
    assert answer.json() == {"status": outcome, "event_ids": ["e1", "e2"], "message": "Said to the sender."}


async def test_accepted_event_is_answered_with_what_its_sender_takes_for_success(
    client: httpx.AsyncClient, receiver: ScriptedReceiver
) -> None:
    receiver.answer = Receipt("accepted", event_ids=("e1",), accepted_status=200)

    answer = await client.post("/hooks/secret", content=b"{}")

    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")


async def test_body_method_and_query_reach_the_engine_as_they_came(
    client: httpx.AsyncClient, receiver: ScriptedReceiver
) -> None:
    await client.put("/hooks/secret?a=1&b=%C3%A9", content=b'{"raw":  true}')

    assert receiver.calls == [("secret", "PUT", b'{"raw":  true}', "a=1&b=%C3%A9")]


async def test_head_starts_nothing(client: httpx.AsyncClient, receiver: ScriptedReceiver) -> None:
    answer = await client.head("/hooks/secret")

    assert answer.status_code == 200
    assert receiver.calls == []


@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1])
async def test_announced_size_is_limited(client: httpx.AsyncClient, receiver: ScriptedReceiver, size: int) -> None:
    answer = await client.post("/hooks/secret", content=b"x" * size)

    assert answer.status_code == (202 if size == LIMIT else 413)
    assert len(receiver.calls) == (1 if size == LIMIT else 0)


async def test_body_of_unknown_size_is_cut_off_while_it_arrives(
    client: httpx.AsyncClient, receiver: ScriptedReceiver
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 1000 * LIMIT:
            sent += LIMIT
            yield b"x" * LIMIT

    answer = await client.post("/hooks/secret", content=endless())

    assert answer.status_code == 413
    assert sent <= 3 * LIMIT
    assert receiver.calls == []


async def test_overload_says_when_to_come_back(client: httpx.AsyncClient, receiver: ScriptedReceiver) -> None:
    receiver.answer = Overloaded("Too much at once.", 60)

    answer = await client.post("/hooks/secret", content=b"{}")

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert answer.json()["message"] == "Too much at once."


async def test_overload_stands_in_the_log_at_once_then_each_ten_seconds_with_how_many_were_refused(
    receiver: ScriptedReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answer = Overloaded("Too much at once.")
    timers: list[tuple[float, Callable[[], None]]] = []
    app = Hooks(cast(Receiver, receiver), LIMIT, {}, lambda seconds, call: timers.append((seconds, call)))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        for _ in range(4):
            await client.post("/hooks/secret", content=b"{}")
        for number in range(2):
            seconds, call = timers[number]
            assert seconds == 10
            call()
        await client.post("/hooks/secret", content=b"{}")

    told = [record.getMessage() for record in caplog.records]
    assert [line.partition(" refused")[0] for line in told] == ["1 event was", "3 events were", "1 event was"]
    assert all("raise STEPLINE_RUN_CONCURRENCY" in line for line in told)
    assert len(timers) == 3


async def test_event_that_can_never_be_stored_need_not_be_sent_again(
    client: httpx.AsyncClient, receiver: ScriptedReceiver
) -> None:
    receiver.answer = Unstorable("Too deeply nested.", "internal detail")

    answer = await client.post("/hooks/secret", content=b"{}")

    assert (answer.status_code, answer.json()["status"]) == (422, "refused")
    assert "retry-after" not in answer.headers
    assert "internal detail" not in answer.text


@pytest.mark.parametrize("error", [StorageUnavailable("No disk.", "/var/lib/secret is full"), ValueError("a bug")])
async def test_what_was_not_stored_is_asked_for_again(
    client: httpx.AsyncClient, receiver: ScriptedReceiver, error: Exception
) -> None:
    receiver.answer = error

    answer = await client.post("/hooks/secret", content=b"{}")

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    assert answer.json() == {
        "status": "unavailable",
        "event_ids": [],
        "message": "This event was not stored. Send it again later.",
    }


async def test_hook_of_something_just_deleted_is_unknown(client: httpx.AsyncClient, receiver: ScriptedReceiver) -> None:
    receiver.answer = NotFound("This connection no longer exists.")

    answer = await client.post("/hooks/secret", content=b"{}")

    assert answer.status_code == 404


async def test_other_methods_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/hooks/secret")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, GET, PUT")


async def test_every_answer_is_protected(client: httpx.AsyncClient, receiver: ScriptedReceiver) -> None:
    receiver.answer = Receipt("unknown", "There is no hook at this address.")

    answer = await client.post("/hooks/nope")

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/json"


async def test_sender_that_goes_away_in_the_middle_starts_nothing(receiver: ScriptedReceiver) -> None:
    app = Hooks(cast(Receiver, receiver), LIMIT, {"X-Content-Type-Options": "nosniff"})
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []
    scope = {"type": "http", "method": "POST", "path": "/hooks/secret", "query_string": b"", "headers": []}

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    async with asyncio.timeout(5):
        await app(scope, receive, send)

    assert sent == []
    assert receiver.calls == []


async def test_workflows_own_answer_is_given_apart_from_the_rest_of_the_site(
    client: httpx.AsyncClient, receiver: ScriptedReceiver
) -> None:
    reply = Reply(303, {"Content-Type": "text/html", "Location": "https://example.com/thanks"}, b"<b>Thanks</b>")
    receiver.answer = Receipt("accepted", event_ids=("e1",), reply=reply)

    answer = await client.post("/hooks/secret", content=b"{}")

    assert (answer.status_code, answer.content) == (303, b"<b>Thanks</b>")
    assert answer.headers["location"] == "https://example.com/thanks"
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"
