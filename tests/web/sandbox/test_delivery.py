from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.support.clock import SettableClock
from tests.web.sandbox.world import HOOK, Receiver, World, open_world, until
from web.sandbox import SandboxSettings, create_sandbox

TEN_MINUTES = 600.0


async def deliver(world: World, vendor: str, *answers: int | Exception) -> dict[str, object]:
    """One event to one hook that gives these answers, and then 200; what is remembered of it."""
    world.listen(vendor)
    world.receiver.answers.extend(answers)
    world.sandbox.hooks.publish(vendor, "Something", {"type": "Something"})
    await world.delivered()
    return (await world.http.get("/_sandbox/state")).json()["deliveries"][-1]  # type: ignore[no-any-return]


def statuses(delivery: dict[str, object]) -> list[int | None]:
    attempts = delivery["attempts"]
    assert isinstance(attempts, list)
    return [attempt["status"] for attempt in attempts]


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_gohighlevel_takes_any_2xx_as_delivered(world: World, status: int) -> None:
    delivery = await deliver(world, "gohighlevel", status)

    assert delivery["status"] == "delivered"
    assert statuses(delivery) == [status]


async def test_gohighlevel_delivers_again_after_429_ten_minutes_later(world: World) -> None:
    delivery = await deliver(world, "gohighlevel", 429, 429)

    assert delivery["status"] == "delivered"
    assert statuses(delivery) == [429, 429, 200]
    assert world.naps.taken == [TEN_MINUTES] * 2


async def test_gohighlevel_gives_up_after_six_redeliveries(world: World) -> None:
    delivery = await deliver(world, "gohighlevel", *[429] * 20)

    assert delivery["status"] == "failed"
    assert statuses(delivery) == [429] * 7
    assert world.naps.taken == [TEN_MINUTES] * 6


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410, 500, 503])
async def test_gohighlevel_takes_every_other_status_as_final(world: World, status: int) -> None:
    delivery = await deliver(world, "gohighlevel", status)

    assert delivery["status"] == "failed"
    assert statuses(delivery) == [status]
    assert world.naps.taken == []


async def test_gohighlevel_does_not_come_back_when_nobody_answers(world: World) -> None:
    delivery = await deliver(world, "gohighlevel", httpx.ConnectError("refused"))

    assert delivery["status"] == "failed"
    assert delivery["attempts"][0]["error"] == "ConnectError: refused"  # type: ignore[index]


async def test_redelivery_sends_the_same_bytes_and_signature(world: World) -> None:
    await deliver(world, "gohighlevel", 429)

    first, second = world.receiver.requests
    assert first.content == second.content
    assert first.headers["X-GHL-Signature"] == second.headers["X-GHL-Signature"]


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_mailercloud_takes_200_201_and_204_as_delivered(world: World, status: int) -> None:
    delivery = await deliver(world, "mailercloud", status)

    assert statuses(delivery) == [status]


@pytest.mark.parametrize("answer", [202, 400, 410, 429, 500, httpx.ReadTimeout("slow")])
async def test_mailercloud_delivers_again_after_anything_else_up_to_three_times(
    world: World, answer: int | Exception
) -> None:
    delivery = await deliver(world, "mailercloud", *[answer] * 20)

    assert delivery["status"] == "failed"
    assert len(statuses(delivery)) == 4
    assert world.naps.taken == [10.0] * 3


async def test_mailercloud_sends_the_webhooks_id_with_every_event(world: World) -> None:
    await deliver(world, "mailercloud")

    headers = world.receiver.requests[0].headers
    assert headers["Webhook-Id"] == "sandbox-webhook"
    assert headers["User-Agent"] == "MailerCloud"


async def test_redelivery_can_be_made_quick(clock: SettableClock) -> None:
    settings = SandboxSettings(ghl_redelivery_seconds=0.5, ghl_redeliveries=1)
    async with open_world(clock, settings) as world:
        delivery = await deliver(world, "gohighlevel", 429, 429, 429)

        assert statuses(delivery) == [429, 429]
        assert world.naps.taken == [0.5]


async def test_hooks_of_the_settings_are_there_from_the_start(clock: SettableClock) -> None:
    async with open_world(clock, SandboxSettings(hooks=(("gohighlevel", HOOK),))) as world:
        await world.create_contact(email="lena@example.com")

        assert [payload["type"] for payload in await world.delivered()] == ["ContactCreate"]


async def never(seconds: float) -> None:
    await asyncio.Event().wait()


async def test_closing_ends_deliveries_that_wait_and_marks_them_cancelled(clock: SettableClock) -> None:
    # given a delivery that waits for its next attempt
    receiver = Receiver()
    receiver.answers.append(429)
    async with httpx.AsyncClient(transport=httpx.MockTransport(receiver)) as outgoing:
        sandbox = create_sandbox(clock=clock, http=outgoing, sleep=never).state.sandbox
        sandbox.hooks.add("gohighlevel", HOOK)
        sandbox.ghl.contacts.create({"email": "lena@example.com"})
        delivery = sandbox.courier.entries()[0]
        await until(lambda: delivery.status == "waiting")
        assert delivery.next_at == "2026-03-02T09:10:00.000Z"

        # when
        await sandbox.close()

    # then
    assert delivery.status == "cancelled"
    assert delivery.next_at is None
    assert len(receiver.requests) == 1


async def test_thousand_events_are_all_delivered(roomy: World) -> None:
    roomy.listen("gohighlevel")

    for number in range(1_000):
        roomy.sandbox.ghl.contacts.create({"email": f"person{number}@example.com"})

    assert len(await roomy.delivered()) == 1_000
