"""Mail events as Mailercloud posts them to a connection's hook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from connectors._kit import webhook
from connectors._kit.errors import WebhookRefused
from connectors._kit.triggers import trigger_output
from connectors._kit.webhook import Incoming
from tests.connectors.mailercloud.vendor import NOW, account, connector, operation

CLICK = {
    "event": "Clicked",
    "campaign_name": "January news",
    "campaign_id": "cAmp01",
    "ts_event": 1767434760,
    "email": "jane@example.com",
    "URL": "https://example.com/offer",
}
BATCH = {
    "event": "Campaign Sent",
    "campaign_name": "January news",
    "campaign_id": "cAmp01",
    "ts_event": 1767434400,
    "emails": ["jane@example.com", "sam@example.com"],
}


def received(payload: Any, headers: Mapping[str, str] | None = None, **connection: Any) -> list[Incoming]:
    raw = json.dumps(payload).encode()
    return webhook.receive(connector(), account(**connection), headers or {}, raw, NOW)


@pytest.mark.parametrize(
    ("written", "event"),
    [
        ("Campaign Sent", "sent"),
        ("send", "sent"),
        ("Opened", "opened"),
        ("open", "opened"),
        ("CLICKED", "clicked"),
        (" click ", "clicked"),
        ("Campaign Failed", "failed"),
        ("fail", "failed"),
        ("Spam", "marked_spam"),
        ("Unsubscribed", "unsubscribed"),
        ("unsubscribe", "unsubscribed"),
        ("Bounced", "bounced"),
        ("bounce", "bounced"),
    ],
)
def test_event_names_in_any_spelling_start_the_same_trigger(written: str, event: str) -> None:
    [incoming] = received({**CLICK, "event": written})

    assert incoming.event == event
    trigger = operation(f"mail.{event}").trigger
    assert trigger is not None and trigger.event == event


def test_unknown_event_keeps_its_name() -> None:
    [incoming] = received({**CLICK, "event": "Forwarded"})

    assert incoming.event == "forwarded"


def test_redelivered_event_has_the_same_key_and_another_click_a_new_one() -> None:
    [first], [again] = received(CLICK), received(CLICK)
    [other_link] = received({**CLICK, "URL": "https://example.com/prices"})
    [later] = received({**CLICK, "ts_event": 1767434999})

    assert first.dedupe == again.dedupe
    assert len({first.dedupe, other_link.dedupe, later.dedupe}) == 3


def test_sent_call_carries_one_event_for_each_address() -> None:
    [call] = received(BATCH)

    assert [event.payload["email"] for event in call.parts] == ["jane@example.com", "sam@example.com"]
    assert len({call.dedupe, *(event.dedupe for event in call.parts)}) == 3
    assert all("emails" not in event.payload for event in call.parts)


def test_sent_call_can_be_taken_together() -> None:
    [call] = received(BATCH)

    output = trigger_output(operation("mail.sent"), call.payload)
    assert call.event == "sent"
    assert output["emails"] == ["jane@example.com", "sam@example.com"]


def test_two_calls_of_one_campaign_are_told_apart() -> None:
    [first] = received(BATCH)
    [second] = received({**BATCH, "emails": ["kim@example.com"]})

    assert first.dedupe != second.dedupe


def test_list_of_an_unsubscribe_is_always_a_list() -> None:
    for given, expected in (("fxYzKq", ["fxYzKq"]), (["a", "b"], ["a", "b"]), (17, ["17"]), (None, [])):
        output = trigger_output(operation("mail.unsubscribed"), {"email": "jane@example.com", "list_id": given})
        assert output["list_ids"] == expected


def test_events_of_another_webhook_are_refused_once_the_id_is_known() -> None:
    assert received(CLICK, {"Webhook-Id": "wH01"}, webhook_id="wH01")

    with pytest.raises(WebhookRefused):
        received(CLICK, {"Webhook-Id": "wH02"}, webhook_id="wH01")
    with pytest.raises(WebhookRefused):
        received(CLICK, {}, webhook_id="wH01")


@pytest.mark.parametrize(("method", "raw"), [("GET", b""), ("POST", b""), ("POST", b"{}"), ("POST", b'{"test": true}')])
def test_address_check_is_answered_without_an_event(method: str, raw: bytes) -> None:
    assert webhook.is_probe(connector(), method, {"Webhook-Id": "WebhookID"}, raw)


@pytest.mark.parametrize("raw", [b"not json", b'{"emails": ["ada@example.com"]}'])
def test_body_without_an_event_is_no_address_check_when_it_names_a_webhook(raw: bytes) -> None:
    assert not webhook.is_probe(connector(), "POST", {"Webhook-Id": "wH01"}, raw)
    assert webhook.is_probe(connector(), "POST", {}, raw)


def test_real_event_is_no_address_check() -> None:
    assert not webhook.is_probe(connector(), "POST", {}, json.dumps(CLICK).encode())
