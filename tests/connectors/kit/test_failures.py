"""The failure table: what an answer, or none, means for the run."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit.errors import EgressRefused, Failure, OperationFailed
from connectors._kit.sending import MAX_ANSWER
from tests.support.connector_folder import CREDENTIALS, action, registry_of
from tests.support.service import Service, caller_for

READ, IDEMPOTENT, WRITE = ("GET", True), ("PUT", True), ("POST", False)


async def failure(
    tmp_path: Path, answer: httpx.Response | Exception, kind: tuple[str, bool] = WRITE, **more: Any
) -> Failure:
    manifest = more.pop("manifest", {})
    operation = action(kind[0], idempotent=kind[1], **more)
    registry = registry_of(tmp_path, {"orders/create": operation}, manifest=manifest)
    async with caller_for(registry, Service(answer)) as caller:
        with pytest.raises(OperationFailed) as caught:
            await caller.execute(registry.operation("shop.orders.create"), {}, CREDENTIALS, idempotency_key="k")
    assert len(caught.value.exchanges) == 1
    return caught.value.failure


@pytest.mark.parametrize(
    ("status", "read", "idempotent", "write"),
    [
        (401, "auth", "auth", "auth"),
        (403, "config", "config", "config"),
        (400, "rejected", "rejected", "rejected"),
        (404, "rejected", "rejected", "rejected"),
        (409, "rejected", "rejected", "rejected"),
        (422, "rejected", "rejected", "rejected"),
        (408, "transient", "transient", "transient"),
        (425, "transient", "transient", "transient"),
        (429, "rate_limited", "rate_limited", "rate_limited"),
        (500, "transient", "transient", "uncertain"),
        (502, "transient", "transient", "uncertain"),
        (503, "transient", "transient", "uncertain"),
        (599, "transient", "transient", "uncertain"),
        (302, "config", "config", "config"),
        (304, "config", "config", "config"),
        (418, "rejected", "rejected", "rejected"),
    ],
)
async def test_default_table(tmp_path: Path, status: int, read: str, idempotent: str, write: str) -> None:
    answers = [(await failure(tmp_path, httpx.Response(status), kind)) for kind in (READ, IDEMPOTENT, WRITE)]

    assert [answer.kind for answer in answers] == [read, idempotent, write]
    assert all(answer.status == status and answer.message and answer.remedy for answer in answers)


@pytest.mark.parametrize(
    ("error", "read", "idempotent", "write"),
    [
        (httpx.ConnectError("refused"), "transient", "transient", "transient"),
        (httpx.ConnectTimeout("slow"), "transient", "transient", "transient"),
        (httpx.PoolTimeout("busy"), "transient", "transient", "transient"),
        (httpx.ReadTimeout("slow"), "transient", "transient", "uncertain"),
        (httpx.WriteTimeout("slow"), "transient", "transient", "uncertain"),
        (httpx.ReadError("reset"), "transient", "transient", "uncertain"),
        (httpx.RemoteProtocolError("closed"), "transient", "transient", "uncertain"),
        (httpx.DecodingError("bad gzip"), "transient", "transient", "uncertain"),
        (httpx.UnsupportedProtocol("ftp"), "config", "config", "config"),
        (EgressRefused("10.0.0.1 lies in a private network."), "config", "config", "config"),
    ],
)
async def test_no_answer(tmp_path: Path, error: Exception, read: str, idempotent: str, write: str) -> None:
    failures = [(await failure(tmp_path, error, kind)) for kind in (READ, IDEMPOTENT, WRITE)]

    assert [found.kind for found in failures] == [read, idempotent, write]
    assert all(found.status is None and found.message and found.detail for found in failures)


async def test_bad_certificate_is_a_matter_of_configuration(tmp_path: Path) -> None:
    error = httpx.ConnectError("certificate verify failed")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")

    found = await failure(tmp_path, error)

    assert found.kind == "config"
    assert "certificate" in found.message


async def test_answer_without_end_is_not_read(tmp_path: Path) -> None:
    found = await failure(tmp_path, httpx.Response(200, content=b"x" * (MAX_ANSWER + 1)))

    assert found.kind == "config"
    assert "too large" in found.message


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        ("1.5", 1.5),
        ("Mon, 02 Mar 2026 09:02:00 GMT", 120.0),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
async def test_retry_after_is_read_as_seconds_or_date(tmp_path: Path, value: str, seconds: float | None) -> None:
    found = await failure(tmp_path, httpx.Response(429, headers={"Retry-After": value}))

    assert found.retry_after == seconds


async def test_retry_after_counts_only_where_waiting_helps(tmp_path: Path) -> None:
    found = await failure(tmp_path, httpx.Response(400, headers={"Retry-After": "30"}))

    assert found.retry_after is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "No stock"}, "No stock"),
        ({"error": {"message": "No stock"}}, "No stock"),
        ({"errors": [{"field": "item", "message": "unknown"}, {"message": "no stock"}]}, "item: unknown; no stock"),
        ({"errors": {"item": ["is unknown", "is sold"]}}, "item: is unknown; is sold"),
        ({"detail": "No stock"}, "No stock"),
        ({"message": ""}, ""),
        ("<html>", ""),
    ],
)
async def test_message_of_the_service_is_shown(tmp_path: Path, body: Any, said: str) -> None:
    found = await failure(tmp_path, httpx.Response(422, json=body))

    expected = f"Shop refused the request: {said}" if said else "Shop refused the request (HTTP 422)."
    assert found.message == expected


async def test_manifest_says_where_the_message_is(tmp_path: Path) -> None:
    errors = {"messages": ["{{ response.nothing }}", "{{ response.fault.text }} ({{ response.fault.code }})"]}

    found = await failure(
        tmp_path, httpx.Response(422, json={"fault": {"text": "No stock", "code": 7}}), manifest={"errors": errors}
    )

    assert found.message == "Shop refused the request: No stock (7)"


async def test_rules_of_the_operation_come_before_those_of_the_manifest(tmp_path: Path) -> None:
    manifest = {"errors": {"rules": [{"status": "4xx", "kind": "transient"}]}}
    rules: list[dict[str, Any]] = [
        {"status": [404, 410], "kind": "rejected", "message": "No order {{ input.item }}.", "remedy": "Choose one."},
        {"status": 422, "when": "{{ response.code == 7 }}", "kind": "config"},
    ]

    gone = await failure(
        tmp_path, httpx.Response(410), errors=[{**rules[0], "message": "It is gone."}], manifest=manifest
    )
    config = await failure(tmp_path, httpx.Response(422, json={"code": 7}), errors=rules, manifest=manifest)
    other = await failure(tmp_path, httpx.Response(422, json={}), errors=rules, manifest=manifest)

    assert (gone.kind, gone.message, gone.remedy) == ("rejected", "It is gone.", "Choose one.")
    assert config.kind == "config"
    assert other.kind == "transient"


async def test_success_status_can_be_a_failure_by_its_body(tmp_path: Path) -> None:
    rule = {
        "status": 200,
        "when": "{{ response.statusCode != 1000 }}",
        "kind": "rejected",
        "message": "{{ response.message }}",
    }

    found = await failure(
        tmp_path,
        httpx.Response(200, json={"statusCode": 9002, "message": "Quota"}),
        manifest={"errors": {"rules": [rule]}},
    )

    assert (found.kind, found.message) == ("rejected", "Quota")


async def test_error_status_can_be_a_success_by_rule(tmp_path: Path) -> None:
    registry = registry_of(
        tmp_path, {"orders/create": action("DELETE", errors=[{"status": 404, "kind": "ok"}], idempotent=True)}
    )

    async with caller_for(registry, Service(httpx.Response(404, json={"message": "gone"}))) as caller:
        result = await caller.execute(registry.operation("shop.orders.create"), {}, CREDENTIALS, idempotency_key="k")

    assert result.output == {"message": "gone"}


async def test_manifest_wide_rule_does_not_make_a_plain_write_repeatable(tmp_path: Path) -> None:
    rule = {"status": "5xx", "kind": "transient"}

    by_manifest = await failure(tmp_path, httpx.Response(503), manifest={"errors": {"rules": [rule]}})
    by_operation = await failure(tmp_path, httpx.Response(503), errors=[rule])

    assert by_manifest.kind == "uncertain"
    assert by_operation.kind == "transient"


async def test_missing_scopes_are_named_where_permission_is_refused(tmp_path: Path) -> None:
    found = await failure(tmp_path, httpx.Response(403), scopes=["orders.write"])

    assert "needs orders.write" in found.remedy


async def test_messages_hold_no_secrets(tmp_path: Path) -> None:
    found = await failure(tmp_path, httpx.Response(401, json={"message": "token tok-12345 is not valid"}))

    assert "tok-12345" not in str(found.as_dict())
    assert "••••••" in found.message
