"""Webhooks and callbacks of a description."""

from __future__ import annotations

import json
from typing import Any

from connectors._kit.openapi import import_openapi
from tests.connectors.openapi.descriptions import made, notes, post


def event(name: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"event": {"const": name}, "id": {"type": "string"}}}
    return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}}}


def test_webhooks_that_say_what_they_are_arrive_at_the_connection() -> None:
    webhooks = {"orderCreated": event("order.created"), "orderPaid": event("order.paid")}
    imported = made({}, openapi="3.1.0", webhooks=webhooks)

    assert imported.manifest["webhook"] == {"verify": {"kind": "none"}, "event": "{{ payload.event }}"}
    assert [raw["trigger"] for raw in imported.operations.values()] == [
        {"mode": "webhook", "event": "order.created"},
        {"mode": "webhook", "event": "order.paid"},
    ]


def test_without_a_named_header_the_report_says_that_nothing_is_proved() -> None:
    imported = made({}, openapi="3.1.0", webhooks={"paid": event("order.paid")})

    assert any("not described" in message and "secret" in message for message in notes(imported, "guessed"))


def test_named_header_makes_the_connection_ask_for_the_secret() -> None:
    document = {"openapi": "3.1.0", "info": {"title": "Acme"}, "webhooks": {"paid": event("order.paid")}}

    manifest = import_openapi(json.dumps(document), "acme", signature_header="X-Signature").manifest

    assert manifest["webhook"]["verify"]["header"] == "X-Signature"
    assert manifest["webhook"]["verify"]["key"] == "{{ connection.webhook_secret }}"
    assert manifest["connection"]["properties"]["webhook_secret"]["x-secret"] is True


def test_webhooks_that_do_not_have_an_address_each() -> None:
    silent = {
        "post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}, "responses": {}}
    }
    imported = made({}, openapi="3.1.0", webhooks={"changed": silent, "removed": silent})

    assert "webhook" not in imported.manifest
    assert [raw["trigger"]["mode"] for raw in imported.operations.values()] == ["catch", "catch"]
    assert any("address of its own" in message for message in notes(imported, "guessed"))


def test_callbacks_are_triggers_with_an_address_of_their_own() -> None:
    callbacks = {"onDone": {"{$request.body#/callbackUrl}": event("done")}}
    imported = made({"/jobs": {"post": {**post({"type": "object"}), "callbacks": callbacks}}})

    assert imported.counts == {"action": 1, "trigger": 1}
    assert imported.operations["callbacks", "on_done"]["trigger"] == {"mode": "catch"}
