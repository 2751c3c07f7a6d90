"""What arrives on a hook: proved over its raw bytes, split into events, told apart."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connectors._kit import webhook
from connectors._kit.context import Credentials
from connectors._kit.errors import WebhookRefused, WebhookUnreadable
from connectors._kit.model import Connector
from connectors._kit.registry import Registry
from connectors._kit.triggers import trigger_output
from tests.support.connector_folder import registry_of
from tests.support.service import NOW

ED = Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED_KEY = b64encode(ED.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
ED_RAW = b64encode(ED.public_key().public_bytes_raw()).decode()
RSA_KEY = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

SIGNED = {
    "verify": {
        "kind": "ed25519",
        "header": "X-Sign",
        "key": "{{ connection.public_key }}",
        "default_key": ED_KEY,
        "fallback": {
            "kind": "rsa_sha256",
            "header": "X-Old-Sign",
            "key": "{{ connection.rsa_key }}",
            "enabled": "{{ connection.accept_rsa }}",
        },
    },
    "event": "{{ payload.type }}",
    "dedupe": "{{ payload.webhookId }}",
    "timestamp": "{{ payload.timestamp }}",
    "max_age_seconds": 300,
    "match": [{"payload": "{{ payload.shop }}", "connection": "{{ connection.shop_id }}"}],
}
PAYLOAD = {"type": "OrderCreate", "webhookId": "w1", "timestamp": NOW.isoformat(), "shop": "s1", "item": "A"}


def trigger(event: str, **more: Any) -> dict[str, Any]:
    spec = {"mode": "webhook", "event": event, **more}
    return {"kind": "trigger", "title": f"On {event}", "description": "Starts.", "sample": {}, "trigger": spec}


def shop(tmp_path: Path, spec: Mapping[str, Any], **operations: dict[str, Any]) -> Connector:
    files = {f"orders/{name}": operation for name, operation in operations.items()}
    return registry_of(tmp_path, files, manifest={"webhook": spec}).connector("shop")


def with_values(**values: Any) -> Credentials:
    return Credentials("c1", "shop", "token", {"shop_id": "s1", **values})


def receive(
    connector: Connector, headers: Mapping[str, str], body: Any = PAYLOAD, **values: Any
) -> list[webhook.Incoming]:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return webhook.receive(connector, with_values(**values), headers, raw, NOW)


def ed_signed(body: Any = PAYLOAD, header: str = "X-Sign") -> dict[str, str]:
    return {header: b64encode(ED.sign(orjson.dumps(body))).decode()}


def rsa_signed(body: Any = PAYLOAD) -> dict[str, str]:
    signature = RSA.sign(orjson.dumps(body), padding.PKCS1v15(), hashes.SHA256())
    return {"X-Old-Sign": b64encode(signature).decode()}


@pytest.mark.parametrize("header", ["X-Sign", "x-sign", "X-SIGN"])
def test_signed_event_is_received_whatever_the_capitals_of_its_header(tmp_path: Path, header: str) -> None:
    events = receive(shop(tmp_path, SIGNED), ed_signed(header=header))

    assert events == [webhook.Incoming("OrderCreate", "w1", PAYLOAD)]


@pytest.mark.parametrize("key", [ED_KEY, ED_RAW, f"  {ED_KEY[:30]}\n{ED_KEY[30:]} "], ids=["encoded", "raw", "broken"])
def test_key_of_the_connection_replaces_the_default(tmp_path: Path, key: str) -> None:
    foreign = {**SIGNED, "verify": {**SIGNED["verify"], "default_key": b64encode(b"k" * 32).decode()}}  # type: ignore[dict-item]

    assert receive(shop(tmp_path, foreign), ed_signed(), public_key=key)


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        ({}, PAYLOAD, "X-Sign is missing"),
        ({"X-Sign": "  "}, PAYLOAD, "X-Sign is missing"),
        ({"X-Sign": "not base64!"}, PAYLOAD, "cannot be read"),
        ({"X-Sign": b64encode(b"x" * 64).decode()}, PAYLOAD, "does not fit"),
        (ed_signed(), {**PAYLOAD, "item": "B"}, "does not fit"),
        (ed_signed(), orjson.dumps(PAYLOAD) + b" ", "does not fit"),
    ],
)  # fmt: skip
def test_request_that_proves_nothing_is_refused(tmp_path: Path, headers: dict[str, str], body: Any, words: str) -> None:
    with pytest.raises(WebhookRefused, match=words):
        receive(shop(tmp_path, SIGNED), headers, body)


@pytest.mark.parametrize("raw", [b"[1]", b"hello", b'"hello"', b"17", b'{"type": '])
def test_genuine_request_that_holds_no_event_is_unreadable(tmp_path: Path, raw: bytes) -> None:
    signature = b64encode(ED.sign(raw)).decode()

    with pytest.raises(WebhookUnreadable, match="not a JSON object"):
        receive(shop(tmp_path, SIGNED), {"X-Sign": signature, "Content-Type": "application/json"}, raw)


@pytest.mark.parametrize("key", ["nonsense", "bm9uc2Vuc2U=", RSA_KEY, "-----BEGIN PUBLIC KEY-----\nx\n-----END"])
def test_unusable_key_refuses_everything(tmp_path: Path, key: str) -> None:
    with pytest.raises(WebhookRefused, match="webhook key"):
        receive(shop(tmp_path, SIGNED), ed_signed(), public_key=key)


def test_rsa_signature_counts_only_where_it_is_switched_on(tmp_path: Path) -> None:
    connector = shop(tmp_path, SIGNED)

    assert receive(connector, rsa_signed(), rsa_key=RSA_KEY, accept_rsa=True)
    for values in ({"rsa_key": RSA_KEY}, {"rsa_key": RSA_KEY, "accept_rsa": False}):
        with pytest.raises(WebhookRefused, match="X-Sign is missing"):
            receive(connector, rsa_signed(), **values)
    with pytest.raises(WebhookRefused, match="does not fit"):
        receive(connector, rsa_signed({}), rsa_key=RSA_KEY, accept_rsa=True)


def test_wrong_new_signature_is_not_saved_by_a_good_old_one(tmp_path: Path) -> None:
    headers = {**rsa_signed(), "X-Sign": b64encode(b"x" * 64).decode()}

    with pytest.raises(WebhookRefused, match="does not fit"):
        receive(shop(tmp_path, SIGNED), headers, rsa_key=RSA_KEY, accept_rsa=True)


@pytest.mark.parametrize("form", ["{:%Y-%m-%dT%H:%M:%SZ}", "{0}", "seconds", "milliseconds"])
@pytest.mark.parametrize(("age", "accepted"), [(0, True), (299, True), (301, False), (-299, True), (-301, False)])
def test_event_must_be_fresh(tmp_path: Path, form: str, age: int, accepted: bool) -> None:
    moment = NOW - timedelta(seconds=age)
    stamps = {"seconds": moment.timestamp(), "milliseconds": int(moment.timestamp() * 1000)}
    payload = {**PAYLOAD, "timestamp": stamps.get(form) or form.format(moment)}
    connector = shop(tmp_path, SIGNED)

    if accepted:
        assert receive(connector, ed_signed(payload), payload)
    else:
        with pytest.raises(WebhookRefused, match="too old or from the future"):
            receive(connector, ed_signed(payload), payload)


def test_time_that_cannot_be_read_is_refused_and_none_is_accepted(tmp_path: Path) -> None:
    connector = shop(tmp_path, SIGNED)
    garbled = {**PAYLOAD, "timestamp": "soon"}
    timeless = {key: value for key, value in PAYLOAD.items() if key != "timestamp"}

    with pytest.raises(WebhookRefused, match="cannot be read"):
        receive(connector, ed_signed(garbled), garbled)
    assert receive(connector, ed_signed(timeless), timeless)


@pytest.mark.parametrize(
    ("encoding", "sent"), [("hex", "hex"), ("base64", "base64"), ("any", "hex"), ("any", "base64")]
)
def test_hmac_over_the_raw_bytes(tmp_path: Path, encoding: str, sent: str) -> None:
    verify = {
        "kind": "hmac_sha256",
        "header": "X-Hub",
        "key": "{{ connection.secret }}",
        "prefix": "sha256=",
        "encoding": encoding,
    }
    connector = shop(tmp_path, {"verify": verify, "event": "{{ payload.type }}"})
    mac = hmac.new(b"s3cret", orjson.dumps(PAYLOAD), hashlib.sha256).digest()
    good = {"X-Hub": "sha256=" + (mac.hex() if sent == "hex" else b64encode(mac).decode())}

    assert receive(connector, good, secret="s3cret")[0].event == "OrderCreate"
    for headers, secret in ((good, "other"), ({"X-Hub": "sha256=zz"}, "s3cret"), ({}, "s3cret"), (good, "")):
        with pytest.raises(WebhookRefused):
            receive(connector, headers, secret=secret)


def test_header_is_compared_where_the_connection_says_what_to_expect(tmp_path: Path) -> None:
    verify = {"kind": "header", "header": "Webhook-Id", "value": "{{ connection.webhook_id }}"}
    connector = shop(tmp_path, {"verify": verify, "event": "{{ payload.type }}"})

    assert receive(connector, {"webhook-id": "w-7"}, webhook_id="w-7")
    assert receive(connector, {})
    for headers in ({"Webhook-Id": "w-8"}, {}):
        with pytest.raises(WebhookRefused):
            receive(connector, headers, webhook_id="w-7")


def test_event_belongs_to_the_connection_with_the_same_values(tmp_path: Path) -> None:
    connector = shop(tmp_path, SIGNED)

    assert webhook.belongs(connector, with_values(), PAYLOAD)
    assert not webhook.belongs(connector, with_values(shop_id="s2"), PAYLOAD)
    assert not webhook.belongs(connector, with_values(), {"type": "OrderCreate"})
    assert not webhook.belongs(connector, Credentials("c1", "shop", "token", {}), {"shop": ""})


def test_batch_carries_one_event_for_each_item(tmp_path: Path) -> None:
    spec = {
        "verify": {"kind": "none"},
        "event": "{{ payload.event }}",
        "dedupe": "{{ payload.ts }}-{{ payload.email }}",
        "expand": {"items": "{{ payload.emails }}", "as": "email"},
    }
    connector = shop(tmp_path, spec)

    body = {"event": "Sent", "ts": 5, "emails": ["a@x.se", "b@x.se"]}
    [batch] = receive(connector, {}, body)
    [single] = receive(connector, {}, {"event": "Sent", "ts": 5, "email": "c@x.se"})

    assert (batch.event, batch.payload) == ("Sent", body)
    assert list(batch.parts) == [
        webhook.Incoming("Sent", "5-a@x.se", {"event": "Sent", "ts": 5, "email": "a@x.se"}),
        webhook.Incoming("Sent", "5-b@x.se", {"event": "Sent", "ts": 5, "email": "b@x.se"}),
    ]
    assert batch.dedupe not in (None, *(part.dedupe for part in batch.parts))
    assert (single.payload["email"], single.parts) == ("c@x.se", ())


def test_batch_without_anything_to_tell_by_still_has_parts_that_differ(tmp_path: Path) -> None:
    spec = {"verify": {"kind": "none"}, "event": "x", "dedupe": "{{ payload.id }}", "expand": "{{ payload.rows }}"}
    connector = shop(tmp_path, spec)

    [first], [again] = (receive(connector, {}, {"rows": [1, 1]}) for _ in range(2))

    assert first == again
    assert len({first.dedupe, *(part.dedupe for part in first.parts)}) == 3


def test_stored_batch_is_taken_apart_again(tmp_path: Path) -> None:
    spec = {"verify": {"kind": "none"}, "event": "{{ payload.t }}", "expand": {"items": "{{ payload.rows }}"}}

    event = webhook.again(shop(tmp_path, spec), {"t": "a", "rows": [1, 2]})

    assert (event.event, event.dedupe) == ("a", None)
    assert [part.payload for part in event.parts] == [{"t": "a", "item": 1}, {"t": "a", "item": 2}]


def test_array_of_events_is_taken_apart(tmp_path: Path) -> None:
    connector = shop(tmp_path, {"verify": {"kind": "none"}, "event": "{{ payload.t }}", "dedupe": "{{ payload.id }}"})

    events = receive(connector, {}, [{"t": "a", "id": 1}, {"t": "b"}, {"t": "b"}])

    assert [event.event for event in events] == ["a", "b", "b"]
    assert events[0].dedupe == "1"
    assert len({event.dedupe for event in events}) == 3


def test_event_without_its_dedupe_value_is_told_apart_by_its_bytes(tmp_path: Path) -> None:
    connector = shop(tmp_path, {"verify": {"kind": "none"}, "event": "x", "dedupe": "{{ payload.id }}"})

    first, again, other = (receive(connector, {}, body)[0].dedupe for body in ({"a": 1}, {"a": 1}, {"a": 2}))

    assert first
    assert first == again != other


def test_service_without_dedupe_values_gives_none(tmp_path: Path) -> None:
    connector = shop(tmp_path, {"verify": {"kind": "none"}, "event": "x"})

    assert receive(connector, {}, {"a": 1})[0].dedupe is None


def test_trigger_may_tell_its_events_apart_in_its_own_way(tmp_path: Path) -> None:
    spec = {"verify": {"kind": "none"}, "event": "{{ payload.t }}", "dedupe": "{{ payload.id }}"}
    connector = shop(tmp_path, spec, clicked=trigger("click", dedupe="{{ payload.id }}/{{ payload.url }}"))

    assert receive(connector, {}, {"t": "click", "id": 1, "url": "u"})[0].dedupe == "1/u"
    assert receive(connector, {}, {"t": "open", "id": 1, "url": "u"})[0].dedupe == "1"


def test_triggers_are_found_by_event(tmp_path: Path) -> None:
    spec = {"verify": {"kind": "none"}, "event": "{{ payload.t }}"}
    connector = shop(tmp_path, spec, clicked=trigger("click"), clicked_too=trigger("click"), opened=trigger("open"))

    assert [operation.key for operation in webhook.triggers_for(connector, "click")] == ["clicked", "clicked_too"]
    assert webhook.triggers_for(connector, "bounce") == ()


@pytest.mark.parametrize(
    ("method", "headers", "raw", "probe"),
    [
        ("GET", {}, b"", True),
        ("head", {}, b"", True),
        ("POST", {}, b" ", True),
        ("POST", {}, b"{}", True),
        ("POST", {"Webhook-Id": "WebhookID"}, b'{"a":1}', True),
        ("POST", {"Webhook-Id": "w1"}, b'{"a":1}', False),
        ("POST", {}, b'{"a":1}', False),
    ],
)
def test_probe_is_told_from_an_event(
    tmp_path: Path, method: str, headers: dict[str, str], raw: bytes, probe: bool
) -> None:
    spec = {
        "verify": {"kind": "none"},
        "event": "x",
        "probe": {"methods": ["GET", "HEAD"], "empty": True, "when": "{{ headers.webhook_id == 'WebhookID' }}"},
    }

    assert webhook.is_probe(shop(tmp_path, spec), method, headers, raw) is probe


def test_connector_without_probe_takes_nothing_for_one(tmp_path: Path) -> None:
    assert not webhook.is_probe(shop(tmp_path, SIGNED), "GET", {}, b"")


@pytest.mark.parametrize(
    ("content_type", "raw", "payload"),
    [
        ("application/json", b'{"a": 1}', {"a": 1}),
        ("", b'{"a": 1}', {"a": 1}),
        (
            "application/x-www-form-urlencoded; charset=utf-8",
            b"a=1&b=x+y&b=%C3%BC&c=",
            {"a": "1", "b": ["x y", "ü"], "c": ""},
        ),
        ("text/plain", b"hello", {"body": "hello"}),
        ("application/json", b"{broken", {"body": "{broken"}),
        ("application/json", b"", {}),
        ("application/json", b"[1]", [1]),
    ],
)
def test_body_is_read_by_its_kind(content_type: str, raw: bytes, payload: Any) -> None:
    assert webhook.parse_payload({"Content-Type": content_type}, raw) == payload


def test_trigger_output_is_the_payload_or_its_template(tmp_path: Path) -> None:
    spec = {"verify": {"kind": "none"}, "event": "{{ payload.t }}"}
    shaped = trigger("open", output={"email": "{{ payload.data.email }}", "gone": "{{ payload.nothing }}"})
    connector = shop(tmp_path, spec, clicked=trigger("click"), opened=shaped)
    payload = {"t": "x", "data": {"email": "a@x.se"}}

    outputs = [trigger_output(operation, payload) for operation in connector.operations.values()]

    assert outputs == [payload, {"email": "a@x.se"}]


def test_connector_without_webhooks_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="receives no webhooks"):
        webhook.receive(Registry.load().connector("formatter"), with_values(), {}, b"{}", NOW)
