"""Tokens are renewed before they end: once, whoever asks, and the new refresh token is never lost in silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from connectors._kit.errors import FailureKind, OperationFailed
from connectors._kit.oauth import OAuth
from connectors._kit.registry import Registry
from engine.connections.credentials import CredentialStore
from engine.errors import StorageUnavailable
from engine.oauth import Grants, Renewals
from engine.oauth.renewal import FORCE_EVERY, HOLD_OFF, LEASE
from engine.storage.tables import Subscription
from tests.support.clock import SettableClock
from tests.support.signing_in import GET_ADA, Recorded, SigningIn
from web.sandbox import SANDBOX_GHL_LOCATION
from web.sandbox.faults import Fault

DAY = timedelta(seconds=86_399)
SOON = DAY - timedelta(minutes=3)
"""After this long a token still works, but is due."""

Pass = Callable[[], Awaitable[httpx.Response]]


class Between(Recorded):
    """To the sandbox; what happens around a request for a token is up to the test."""

    def __init__(self, anna: SigningIn, around: Callable[[Pass], Awaitable[httpx.Response]]) -> None:
        super().__init__(anna.app, anna.asked)
        self._around = around

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async def go_on() -> httpx.Response:
            return await super(Between, self).handle_async_request(request)

        return await (self._around(go_on) if request.url.path.endswith("/oauth/token") else go_on())


@pytest.fixture
async def connection(anna: SigningIn) -> str:
    """Signed in a moment ago."""
    made = anna.draft()
    await anna.connect(made)
    return made


def fail_tokens(anna: SigningIn, kind: str) -> None:
    anna.sandbox.faults.put("gohighlevel", Fault(kind=kind, path="/oauth/token"))


def status(anna: SigningIn, connection_id: str) -> str:
    return anna.stepline.connections.get(connection_id).status


async def test_token_is_renewed_minutes_before_its_end_and_not_earlier(anna: SigningIn, connection: str) -> None:
    target, before = anna.target(connection), anna.values(connection)

    anna.clock.now += DAY - timedelta(minutes=6)
    assert (await anna.run(target)).status == "succeeded"
    assert anna.sandbox.oauth.refreshes == 0

    anna.clock.now += timedelta(minutes=2)
    assert (await anna.run(target)).status == "succeeded"
    after = anna.values(connection)
    assert anna.sandbox.oauth.refreshes == 1
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert after["expires_at"] > before["expires_at"]
    assert status(anna, connection) == "ok"


async def test_token_that_ended_long_ago_is_renewed(anna: SigningIn, connection: str) -> None:
    anna.clock.forward(days=30)

    assert (await anna.run(anna.target(connection))).status == "succeeded"


async def test_short_lived_tokens_are_renewed_again_and_again(anna: SigningIn) -> None:
    anna.sandbox.oauth.lifetime = 40
    connection = anna.draft()
    await anna.connect(connection)
    target = anna.target(connection)

    for _ in range(4):
        anna.clock.forward(seconds=31)
        assert (await anna.run(target)).status == "succeeded"

    assert (anna.sandbox.oauth.refreshes, anna.sandbox.oauth.reuses) == (4, 0)


async def test_twenty_runs_at_once_cause_one_renewal(anna: SigningIn, connection: str) -> None:
    target = anna.target(connection)
    anna.clock.now += SOON

    runs = await asyncio.gather(*(anna.accept(target) for _ in range(20)))
    await anna.stepline.dispatcher.idle()

    assert {anna.row(run).status for run in runs} == {"succeeded"}
    assert (anna.sandbox.oauth.refreshes, anna.sandbox.oauth.reuses) == (1, 0)


@asynccontextmanager
async def two_processes(
    tmp_path: Path, postgres: Any, clock: SettableClock, registry: Registry
) -> AsyncIterator[SigningIn]:
    url = postgres.create()
    made = SigningIn(tmp_path, url, clock, registry)
    for _ in range(2):
        await made.open()
    yield made
    await made.close()
    postgres.drop(url)


async def test_twenty_runs_in_two_processes_cause_one_renewal_and_lose_no_token(
    tmp_path: Path, postgres: Any, clock: SettableClock, registry: Registry
) -> None:
    async with two_processes(tmp_path, postgres, clock, registry) as anna:
        connection = anna.draft()
        await anna.connect(connection)
        target, (one, two) = anna.target(connection), anna.processes
        anna.clock.now += DAY + timedelta(hours=1)

        runs = await asyncio.gather(*(anna.accept(target, one if n % 2 else two) for n in range(20)))
        await asyncio.gather(one.dispatcher.idle(), two.dispatcher.idle())

        assert {anna.row(run).status for run in runs} == {"succeeded"}
        assert (anna.sandbox.oauth.refreshes, anna.sandbox.oauth.reuses) == (1, 0)
        # and the stored refresh token is the one that works next time
        anna.clock.now += DAY + timedelta(hours=1)
        assert (await anna.run(target)).status == "succeeded"
        assert (anna.sandbox.oauth.refreshes, anna.sandbox.oauth.reuses) == (2, 0)


async def test_old_token_serves_while_the_service_cannot_renew_it_and_is_not_asked_all_the_time(
    anna: SigningIn, connection: str
) -> None:
    target = anna.target(connection)
    anna.clock.now += SOON
    fail_tokens(anna, "500")
    asked = len(anna.asked)

    assert [(await anna.run(target)).status for _ in range(3)] == ["succeeded"] * 3
    assert sum(request.url.path.endswith("/oauth/token") for request in anna.asked[asked:]) == 1

    fail_tokens(anna, "none")
    anna.clock.now += HOLD_OFF
    await anna.run(target)
    assert anna.sandbox.oauth.refreshes == 1


async def test_run_waits_and_tries_again_when_the_token_has_ended_and_cannot_be_renewed_now(
    anna: SigningIn, connection: str
) -> None:
    target = anna.target(connection)
    anna.clock.now += DAY + timedelta(minutes=1)
    fail_tokens(anna, "500")

    run = await anna.run(target)
    assert (run.status, status(anna, connection)) == ("waiting", "ok")

    fail_tokens(anna, "none")
    anna.clock.forward(minutes=5)
    await anna.stepline.dispatcher.claim_due()
    await anna.stepline.dispatcher.idle()
    assert anna.row(run.id).status == "succeeded"


async def test_refused_renewal_needs_reconnecting_and_held_runs_go_on_afterwards(
    anna: SigningIn, connection: str
) -> None:
    target = anna.target(connection)
    anna.sandbox.oauth.revoke()
    anna.clock.now += SOON

    runs = [await anna.run(target) for _ in range(3)]

    assert {run.status for run in runs} == {"held"}
    assert runs[0].error is not None
    assert (runs[0].error["kind"], runs[0].error["connection"]) == ("auth", connection)
    record = anna.stepline.connections.get(connection)
    assert record.status == "needs_reconnect"
    assert "This refresh token is invalid" in record.status_message
    assert anna.sandbox.oauth.reuses == 1  # who knows that it is over does not ask again

    done = await anna.connect(connection)
    await anna.stepline.dispatcher.claim_due()
    await anna.stepline.dispatcher.idle()

    assert done.outcome is not None and done.outcome.released == 3
    assert {anna.row(run.id).status for run in runs} == {"succeeded"}
    assert status(anna, connection) == "ok"


async def test_death_between_renewal_and_storing_is_told_and_not_silent(anna: SigningIn, connection: str) -> None:
    # given a process that dies after the service has answered, before it could store the new token
    answered = asyncio.Event()

    async def die(go_on: Pass) -> httpx.Response:
        await go_on()
        answered.set()
        await asyncio.Event().wait()
        raise AssertionError

    target = anna.target(connection)
    anna.clock.now += SOON
    http = httpx.AsyncClient(transport=Between(anna, die))
    dying = renewals_of(anna, http)
    died = asyncio.create_task(dying.fresh(anna.stepline.connections.credentials(connection)))
    async with asyncio.timeout(10):
        await answered.wait()
    # when its lease has ended and another process takes over
    died.cancel()
    for task in dying._running.values():
        task.cancel()
    anna.clock.now += LEASE + timedelta(seconds=1)
    run = await anna.run(target)
    # then the connection says what happened, and the run waits for a person
    record = anna.stepline.connections.get(connection)
    assert record.status == "needs_reconnect"
    assert "was stopped while it renewed the sign-in" in record.status_message
    assert run.status == "held"
    assert run.error is not None and "was stopped while" in run.error["message"]
    await http.aclose()


async def test_nobody_else_renews_while_the_lease_of_a_living_process_lasts(anna: SigningIn, connection: str) -> None:
    go, asked = asyncio.Event(), asyncio.Event()

    async def slowly(go_on: Pass) -> httpx.Response:
        asked.set()
        await go.wait()
        return await go_on()

    anna.clock.now += SOON
    old = anna.stepline.connections.credentials(connection)
    http = httpx.AsyncClient(transport=Between(anna, slowly))
    looked = asyncio.Event()

    async def look_again(_: float) -> None:
        looked.set()
        go.set()
        await asyncio.sleep(0)

    first = asyncio.create_task(renewals_of(anna, http).fresh(old))
    async with asyncio.timeout(10):
        await asked.wait()
        second = await renewals_of(anna, http, look_again).fresh(old)

    assert looked.is_set()
    assert second.values == (await first).values
    assert (anna.sandbox.oauth.refreshes, anna.sandbox.oauth.reuses) == (1, 0)
    await http.aclose()


async def test_refusal_is_forgiven_when_somebody_signed_in_meanwhile(anna: SigningIn, connection: str) -> None:
    anna.clock.now += SOON
    old = anna.stepline.connections.credentials(connection)
    signing_in = False

    async def meanwhile(go_on: Pass) -> httpx.Response:
        nonlocal signing_in
        if not signing_in:
            signing_in = True
            anna.sandbox.oauth.revoke()
            await anna.connect(connection)
        return await go_on()

    async with httpx.AsyncClient(transport=Between(anna, meanwhile)) as http:
        newer = await renewals_of(anna, http).fresh(old)

    assert newer.revision > old.revision
    assert status(anna, connection) == "ok"
    assert anna.values(connection)["refresh_token"] == newer.values["refresh_token"]


async def test_change_of_the_connection_meanwhile_does_not_lose_the_new_token(anna: SigningIn, connection: str) -> None:
    anna.clock.now += SOON
    old = anna.stepline.connections.credentials(connection)

    async def rename(go_on: Pass) -> httpx.Response:
        answer = await go_on()
        public = anna.stepline.connections.get(connection).public
        anna.stepline.connections.update(connection, name="Renamed", values={**public, "accept_rsa": True})
        return answer

    async with httpx.AsyncClient(transport=Between(anna, rename)) as http:
        newer = await renewals_of(anna, http).fresh(old)

    stored = anna.values(connection)
    assert stored["refresh_token"] == newer.values["refresh_token"] != old.values["refresh_token"]
    assert stored["accept_rsa"] is True
    assert anna.stepline.connections.get(connection).name == "Renamed"


class Unreliable(Grants):
    """The database is away for the first tries to store."""

    away = 3

    def renew(self, *arguments: Any) -> bool:
        self.away -= 1
        if self.away >= 0:
            raise StorageUnavailable("The database is away.")
        return super().renew(*arguments)


async def test_new_token_is_stored_as_soon_as_the_database_is_back(anna: SigningIn, connection: str) -> None:
    anna.clock.now += SOON
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    old = anna.stepline.connections.credentials(connection)
    newer = await renewals_of(anna, anna.stepline.http, pause, Unreliable).fresh(old)

    assert pauses == [0.5, 1.0, 2.0]
    assert anna.values(connection)["refresh_token"] == newer.values["refresh_token"]


async def test_token_that_the_service_ended_early_is_renewed_and_the_step_goes_on(
    anna: SigningIn, connection: str
) -> None:
    target = anna.target(connection)
    anna.sandbox.oauth.revoke_access()

    run = await anna.run(target)

    assert run.status == "succeeded"
    assert anna.sandbox.oauth.refreshes == 1


async def test_poll_renews_a_token_that_the_service_ended_early(anna: SigningIn, connection: str) -> None:
    trigger = {"operation": "gohighlevel.contacts.created_polled", "connection": connection}
    definition = {"trigger": trigger, "steps": [{**GET_ADA, "connection": connection}]}
    workflows = anna.stepline.workflows
    workflows.enable(workflows.create("Poll", definition).id)
    anna.sandbox.oauth.revoke_access()

    assert await anna.stepline.due_triggers.check_now() == 1

    with anna.stepline.database.read() as session:
        poll = session.scalars(select(Subscription)).one()
    assert (poll.primed, poll.failures) == (True, 0)
    assert anna.sandbox.oauth.refreshes == 1


async def test_service_that_refuses_new_tokens_too_is_not_asked_over_and_over(anna: SigningIn, connection: str) -> None:
    target = anna.target(connection)
    anna.sandbox.oauth.revoke_access()
    anna.sandbox.oauth.lifetime = -1  # what it gives has ended already

    runs = [await anna.run(target) for _ in range(3)]

    assert [run.status for run in runs] == ["held"] * 3
    assert anna.sandbox.oauth.refreshes == 1
    assert status(anna, connection) == "needs_reconnect"
    anna.clock.now += FORCE_EVERY
    await anna.run(target)
    assert anna.sandbox.oauth.refreshes == 1  # it is known by now that only a person helps


async def test_agency_sign_in_gets_the_next_location_token_each_time(anna: SigningIn) -> None:
    connection = anna.draft()
    await anna.connect(connection, "")
    await anna.stepline.sign_ins.choose(connection, SANDBOX_GHL_LOCATION)
    target = anna.target(connection)

    for _ in range(3):
        anna.clock.now += DAY
        before = anna.values(connection)
        assert (await anna.run(target)).status == "succeeded"
        assert anna.values(connection)["access_token"] != before["access_token"]

    assert (anna.sandbox.oauth.refreshes, anna.sandbox.oauth.reuses) == (3, 0)


async def test_agency_refresh_token_is_stored_even_when_the_exchange_fails(anna: SigningIn) -> None:
    connection = anna.draft()
    await anna.connect(connection, "")
    await anna.stepline.sign_ins.choose(connection, SANDBOX_GHL_LOCATION)
    target = anna.target(connection)
    anna.clock.now += SOON
    anna.sandbox.faults.put("gohighlevel", Fault(kind="500", path="/oauth/locationToken"))

    assert (await anna.run(target)).status == "succeeded"  # the old token still serves
    anna.sandbox.faults.clear()
    anna.clock.now += HOLD_OFF
    assert (await anna.run(target)).status == "succeeded"

    assert (anna.sandbox.oauth.refreshes, anna.sandbox.oauth.reuses) == (2, 0)


async def test_stop_waits_until_a_new_token_is_stored(anna: SigningIn, connection: str) -> None:
    go = asyncio.Event()
    asked = asyncio.Event()

    async def slowly(go_on: Pass) -> httpx.Response:
        asked.set()
        await go.wait()
        return await go_on()

    anna.clock.now += SOON
    async with httpx.AsyncClient(transport=Between(anna, slowly)) as http:
        renewals = renewals_of(anna, http)
        waiting = asyncio.create_task(renewals.fresh(anna.stepline.connections.credentials(connection)))
        await asked.wait()
        waiting.cancel()  # the run that asked is given up
        settled = asyncio.create_task(renewals.settle())
        await asyncio.sleep(0)
        assert not settled.done()
        go.set()
        await settled

    assert anna.sandbox.oauth.refreshes == 1
    assert (await anna.run(anna.target(connection))).status == "succeeded"
    assert (anna.sandbox.oauth.refreshes, anna.sandbox.oauth.reuses) == (1, 0)


async def test_whoever_looks_something_up_is_told_to_reconnect(anna: SigningIn, connection: str) -> None:
    anna.sandbox.oauth.revoke()
    anna.clock.now += DAY

    with pytest.raises(OperationFailed) as refused:
        await anna.stepline.connections.fresh(connection)

    assert refused.value.failure.kind == FailureKind.AUTH
    assert "connect again" in refused.value.failure.remedy
    outcome = await anna.stepline.connections.test(connection)
    assert not outcome.ok
    assert status(anna, connection) == "needs_reconnect"


async def test_test_by_hand_finds_out_that_the_service_accepts_the_sign_in_after_all(
    anna: SigningIn, connection: str
) -> None:
    anna.stepline.connections.note_refusal(connection, "The service had a bad day.")
    anna.clock.now += DAY
    run = await anna.run(anna.target(connection))
    assert (run.status, status(anna, connection)) == ("held", "needs_reconnect")

    outcome = await anna.stepline.connections.test(connection)

    assert (outcome.ok, outcome.released) == (True, 1)
    assert status(anna, connection) == "ok"


async def test_test_by_hand_renews_a_token_that_the_service_ended_early(anna: SigningIn, connection: str) -> None:
    anna.sandbox.oauth.revoke_access()
    assert (await anna.stepline.connections.test(connection)).ok

    anna.sandbox.oauth.revoke()
    assert not (await anna.stepline.connections.test(connection)).ok
    assert status(anna, connection) == "needs_reconnect"


def renewals_of(
    anna: SigningIn, http: httpx.AsyncClient, sleep: Any = asyncio.sleep, kind: type[Grants] = Grants
) -> Renewals:
    """As another process would have them."""
    process = anna.stepline
    credentials = CredentialStore(process.database, process.vault, anna.clock)
    grants = kind(process.database, process.vault, process.registry, credentials, anna.clock)
    return Renewals(grants, process.registry, OAuth(http, anna.clock), anna.clock, sleep)
