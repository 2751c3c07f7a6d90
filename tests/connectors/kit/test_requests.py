"""How inputs become requests, and answers become results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit.caller import Caller
from connectors._kit.context import Credentials, Result
from connectors._kit.errors import FailureKind, InputInvalid, OperationFailed
from tests.support.connector_folder import CREDENTIALS, action, fields, registry_of
from tests.support.service import NOW, Service, caller_for

ANYTHING: dict[str, Any] = {"type": "object", "additionalProperties": True}


async def run(
    tmp_path: Path,
    operation: dict[str, Any],
    input: dict[str, Any],
    service: Service,
    credentials: Credentials | None = CREDENTIALS,
    *,
    dry_run: bool = False,
    **manifest: Any,
) -> Result:
    registry = registry_of(tmp_path, {"orders/create": operation}, manifest=manifest)
    async with caller_for(registry, service) as caller:
        found = registry.operation("shop.orders.create")
        return await caller.execute(found, input, credentials, idempotency_key="run-1/add", dry_run=dry_run)


async def sent(tmp_path: Path, operation: dict[str, Any], input: dict[str, Any], **more: Any) -> httpx.Request:
    service = Service()
    await run(tmp_path, operation, input, service, **more)
    return service.request


async def test_body_is_every_input_that_is_not_used_elsewhere(tmp_path: Path) -> None:
    operation = action(
        "PUT",
        "/orders/{order_id}",
        request={"query": {"dry": "{{ input.dry }}"}, "headers": {"X-Lang": "{{ input.lang }}"}},
        input_schema=fields("order_id", dry="boolean", lang="string", note="string", count="integer"),
    )

    request = await sent(tmp_path, operation, {"order_id": "7", "dry": True, "lang": "sv", "note": "Gift", "count": 2})

    assert str(request.url) == "https://api.shop.example/v1/orders/7?dry=true"
    assert request.headers["X-Lang"] == "sv"
    assert request.headers["Content-Type"] == "application/json"
    assert request.content == b'{"note":"Gift","count":2}'


async def test_path_values_are_url_encoded(tmp_path: Path) -> None:
    operation = action("GET", "/{connection.region}/orders/{item}", input_schema=fields("item"))

    request = await sent(tmp_path, operation, {"item": "a/b ü?#%2F"})

    assert request.url.raw_path == b"/v1/eu/orders/a%2Fb%20%C3%BC%3F%23%252F"


@pytest.mark.parametrize("item", ["", "  ", ".", ".."])
async def test_path_value_that_would_lead_elsewhere_is_refused(tmp_path: Path, item: str) -> None:
    service = Service()

    with pytest.raises(InputInvalid) as caught:
        await run(tmp_path, action("GET", "/orders/{item}", input_schema=fields("item")), {"item": item}, service)

    assert caught.value.problems[0].pointer == "/item"
    assert service.requests == []


async def test_query_leaves_out_missing_values_and_repeats_lists(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {name: {"title": name} for name in ("tag", "since", "none", "flag", "deep")},
    }
    operation = action("GET", request={"query": ["tag", "since", "none", "flag", "deep"]}, input_schema=schema)

    request = await sent(tmp_path, operation, {"tag": ["a", "b&c"], "none": None, "flag": False, "deep": {"x": 1}})

    assert request.url.query == b"tag=a&tag=b%26c&flag=false&deep=%7B%22x%22%3A1%7D"


async def test_template_body_omits_missing_values_and_keeps_types(tmp_path: Path) -> None:
    body = {"order": {"item": "{{ input.item }}", "count": "{{ input.count }}", "region": "{{ connection.region }}"}}

    request = await sent(tmp_path, action(request={"body": body}), {"count": 2})

    assert request.content == b'{"order":{"count":2,"region":"eu"}}'


async def test_missing_value_inside_a_text_is_named_as_the_field(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid) as caught:
        await sent(tmp_path, action(request={"body": {"text": "Note: {{ input.note }}"}}), {})

    assert [(problem.pointer, problem.message) for problem in caught.value.problems] == [
        ("/note", "“note” is required.")
    ]


async def test_missing_connection_value_is_a_failure_of_configuration(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed, match="lacks “region”") as caught:
        await sent(
            tmp_path,
            action(request={"body": {"text": "in {{ connection.region }}"}}),
            {},
            credentials=Credentials("c1", "shop", "token", {"token": "tok-12345"}),
        )

    assert caught.value.failure.kind is FailureKind.CONFIG


@pytest.mark.parametrize(
    ("request_spec", "content", "content_type"),
    [
        ({"body": None}, b"", None),
        ({"encoding": "form"}, b"item=A+B&count=2", "application/x-www-form-urlencoded"),
        ({"body": "{{ input.item }}: {{ input.count }}"}, b"A B: 2", "text/plain; charset=utf-8"),
        ({"body": "{{ input }}"}, b'{"item":"A B","count":2}', "application/json"),
    ],
)
async def test_body_encodings(tmp_path: Path, request_spec: Any, content: bytes, content_type: str | None) -> None:
    request = await sent(tmp_path, action(request=request_spec), {"item": "A B", "count": 2})

    assert request.content == content
    assert request.headers.get("Content-Type") == content_type


async def test_get_and_delete_send_no_body_of_their_own(tmp_path: Path) -> None:
    request = await sent(tmp_path, action("DELETE"), {"item": "A"})

    assert request.content == b""


async def test_operation_headers_replace_manifest_headers_whatever_their_capitals(tmp_path: Path) -> None:
    operation = action(request={"headers": {"version": "2", "X-Note": "{{ input.note }}"}})

    request = await sent(tmp_path, operation, {}, headers={"Version": "1", "Accept": "application/json"})

    assert request.headers.get_list("Version") == ["2"]
    assert request.headers["Accept"] == "application/json"
    assert request.headers["User-Agent"] == "Stepline"
    assert "X-Note" not in request.headers


@pytest.mark.parametrize("note", ["a\r\nX-Admin: 1", "a\nb", "ü"])
async def test_header_value_that_cannot_be_sent_is_refused(tmp_path: Path, note: str) -> None:
    with pytest.raises(InputInvalid, match="header 'X-Note'"):
        await sent(tmp_path, action(request={"headers": {"X-Note": "{{ input.note }}"}}), {"note": note})


async def test_connection_may_override_base_addresses(tmp_path: Path) -> None:
    values = {"token": "tok-12345", "base_url": "http://127.0.0.1:9/x/", "base_url_files": "http://127.0.0.1:8"}
    credentials = Credentials("c1", "shop", "token", values)
    urls = {"base_urls": {"default": "https://a.example", "files": "https://b.example"}}

    default = await sent(tmp_path, action(), {}, credentials=credentials, **urls)
    files = await sent(tmp_path, action(request={"base": "files"}), {}, credentials=credentials, **urls)

    assert str(default.url) == "http://127.0.0.1:9/x/orders"
    assert str(files.url) == "http://127.0.0.1:8/orders"


async def test_base_address_may_hold_values_of_the_connection(tmp_path: Path) -> None:
    request = await sent(tmp_path, action(), {}, base_urls={"default": "https://{connection.region}.shop.example"})

    assert str(request.url) == "https://eu.shop.example/orders"


async def test_idempotency_key_is_sent_with_writes_only(tmp_path: Path) -> None:
    header = {"idempotency_header": "Idempotency-Key"}

    write = await sent(tmp_path, action(), {}, **header)
    read = await sent(tmp_path, action("GET"), {}, **header)

    assert write.headers["Idempotency-Key"] == "run-1/add"
    assert "Idempotency-Key" not in read.headers


async def test_request_templates_know_the_time_and_the_key(tmp_path: Path) -> None:
    request = await sent(tmp_path, action(request={"body": {"at": "{{ now }}", "id": "{{ idempotency_key }}"}}), {})

    assert request.content == f'{{"at":"{NOW.isoformat()}","id":"run-1/add"}}'.encode()


async def test_output_is_the_whole_body_by_default(tmp_path: Path) -> None:
    result = await run(tmp_path, action(), {}, Service(httpx.Response(201, json={"id": 7})))

    assert result.output == {"id": 7}
    assert result.found is None
    assert not result.simulated


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        (httpx.Response(204), None),
        (httpx.Response(200, text="done"), "done"),
        (httpx.Response(200, text="{broken"), "{broken"),
        (httpx.Response(200, content=b"[1]"), [1]),
        (
            httpx.Response(
                200, content="Malmö".encode("latin-1"), headers={"Content-Type": "text/plain; charset=latin-1"}
            ),
            "Malmö",
        ),
        (httpx.Response(200, content=b"x", headers={"Content-Type": "text/plain; charset=nonsense"}), "x"),
    ],
)
async def test_body_is_json_or_text_or_nothing(tmp_path: Path, answer: httpx.Response, output: Any) -> None:
    assert (await run(tmp_path, action(), {}, Service(answer))).output == output


async def test_output_template_sees_answer_and_input(tmp_path: Path) -> None:
    operation = action(
        output={
            "id": "{{ response.order.id }}",
            "item": "{{ input.item }}",
            "status": "{{ status }}",
            "trace": "{{ headers.x_trace }}",
            "gone": "{{ response.order.gone }}",
        }
    )
    answer = httpx.Response(201, json={"order": {"id": 7}}, headers={"X-Trace": "t1"})

    result = await run(tmp_path, operation, {"item": "A"}, Service(answer))

    assert result.output == {"id": 7, "item": "A", "status": 201, "trace": "t1"}


async def test_write_that_happened_never_fails_for_its_output_template(tmp_path: Path) -> None:
    operation = action(output={"text": "Order {{ response.order.id }}"})

    result = await run(tmp_path, operation, {}, Service(httpx.Response(201, json={"id": 7})))

    assert result.output == {"id": 7}


async def test_read_with_an_answer_of_another_form_is_a_failure(tmp_path: Path) -> None:
    operation = action("GET", output={"text": "Order {{ response.order.id }}"})

    with pytest.raises(OperationFailed, match="unexpected form") as caught:
        await run(tmp_path, operation, {}, Service(httpx.Response(200, json={"id": 7})))

    assert caught.value.failure.kind is FailureKind.CONFIG
    assert "response.order.id" in caught.value.failure.detail


@pytest.mark.parametrize(
    ("found", "body", "expected"),
    [
        ("", {"orders": [1]}, True),
        ("", {"orders": []}, False),
        ("{{ output | first }}", {"orders": [1]}, True),
        ("{{ response.total > 3 }}", {"orders": [1], "total": 2}, False),
        ("{{ response.missing }}", {"orders": [1]}, False),
    ],
)
async def test_search_says_whether_something_was_found(tmp_path: Path, found: str, body: Any, expected: bool) -> None:
    operation = {
        **action("GET", output="{{ response.orders }}"),
        "kind": "search",
        **({"found": found} if found else {}),
    }

    assert (await run(tmp_path, operation, {}, Service(httpx.Response(200, json=body)))).found is expected


async def test_not_found_rule_of_a_search_is_no_failure(tmp_path: Path) -> None:
    operation = {**action("GET", errors=[{"status": 404, "kind": "not_found"}]), "kind": "search"}

    result = await run(tmp_path, operation, {}, Service(httpx.Response(404, json={"message": "no"})))

    assert (result.output, result.found) == (None, False)


async def test_input_is_validated_before_anything_is_sent(tmp_path: Path) -> None:
    service = Service()

    with pytest.raises(InputInvalid, match="Count must be a whole number"):
        await run(tmp_path, action(), {"count": "many"}, service)

    assert service.requests == []


async def test_dry_run_of_a_write_shows_the_exact_request_and_sends_nothing(tmp_path: Path) -> None:
    service = Service()

    result = await run(tmp_path, action(), {"item": "A", "note": "tok-12345 inside"}, service, dry_run=True)

    assert service.requests == []
    assert result.simulated
    assert result.output == {"id": 1}
    (exchange,) = result.exchanges
    assert exchange.as_dict() == {
        "request": {
            "method": "POST",
            "url": "https://api.shop.example/v1/orders",
            "headers": {"User-Agent": "Stepline", "Authorization": "••••••", "Content-Type": "application/json"},
            "body": '{"item":"A","note":"•••••• inside"}',
        },
        "response": None,
        "error": "",
        "started_at": NOW.isoformat(),
        "duration_ms": 0.0,
    }


async def test_dry_run_of_a_read_is_really_made(tmp_path: Path) -> None:
    service = Service(httpx.Response(200, json={"id": 7}))

    result = await run(tmp_path, action("GET"), {}, service, dry_run=True)

    assert (result.output, result.simulated, len(service.requests)) == ({"id": 7}, False, 1)


async def test_changed_operation_of_the_same_name_is_compiled_anew(tmp_path: Path) -> None:
    first = registry_of(tmp_path / "a", {"orders/create": action(path="/old")})
    second = registry_of(tmp_path / "b", {"orders/create": action(path="/new")})
    service = Service()

    async with httpx.AsyncClient(transport=service) as http:
        caller = Caller(first, http, lambda: NOW)
        await caller.execute(first.operation("shop.orders.create"), {}, CREDENTIALS, idempotency_key="1")
        caller.registry = second
        await caller.execute(second.operation("shop.orders.create"), {}, CREDENTIALS, idempotency_key="2")

    assert [request.url.path for request in service.requests] == ["/v1/old", "/v1/new"]


async def test_connection_test_gives_the_accounts_name(tmp_path: Path) -> None:
    test = {"request": {"method": "GET", "path": "/me"}, "label": "{{ response.name }} ({{ connection.region }})"}
    registry = registry_of(tmp_path, {"orders/create": action()}, manifest={"test": test})
    service = Service(
        httpx.Response(200, json={"name": "Ada's shop"}), httpx.Response(401), httpx.Response(200, json={})
    )

    async with caller_for(registry, service) as caller:
        good = await caller.test(registry.connector("shop"), CREDENTIALS)
        with pytest.raises(OperationFailed) as caught:
            await caller.test(registry.connector("shop"), CREDENTIALS)
        nameless = await caller.test(registry.connector("shop"), CREDENTIALS)

    assert good.output == {"label": "Ada's shop (eu)"}
    assert caught.value.failure.kind is FailureKind.AUTH
    assert nameless.output == {"label": ""}


async def test_connector_without_a_test_request_accepts_any_connection(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, {"orders/create": action()})

    async with caller_for(registry, Service()) as caller:
        assert (await caller.test(registry.connector("shop"), CREDENTIALS)).output == {"label": ""}


async def test_nested_form_spells_fields_inside_fields(tmp_path: Path) -> None:
    registry = registry_of(
        tmp_path,
        {"orders/create": action(input_schema=ANYTHING, request={"encoding": "nested_form"})},
    )
    service = Service()

    async with caller_for(registry, service) as caller:
        given = {"amount": 5, "buyer": {"name": "Ada", "age": None}, "rows": [{"id": 1}, {"id": 2}]}
        await caller.execute(registry.operation("shop.orders.create"), given, CREDENTIALS, idempotency_key="k")

    assert service.request.content == b"amount=5&buyer%5Bname%5D=Ada&rows%5B0%5D%5Bid%5D=1&rows%5B1%5D%5Bid%5D=2"
    assert service.request.headers["content-type"] == "application/x-www-form-urlencoded"
