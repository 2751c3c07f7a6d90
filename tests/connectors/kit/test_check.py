"""The check: every mistake of every folder at once, by file and JSON pointer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors._kit import check as check_command
from connectors._kit.check import check
from connectors._kit.errors import CheckFailed
from connectors._kit.registry import Registry
from tests.support.connector_folder import MANIFEST, action, fields, write_folder, write_json

POLL = {
    "mode": "poll",
    "request": {"method": "GET", "path": "/orders"},
    "items": "{{ response.data }}",
    "key": "{{ item.id }}",
}


def trigger(**spec: Any) -> dict[str, Any]:
    return {"kind": "trigger", "title": "An order arrives", "description": "Starts.", "sample": {}, "trigger": spec}


def found(tmp_path: Path, operation: dict[str, Any] | str, **manifest: Any) -> list[tuple[str, str]]:
    """(pointer, message) of every problem of one operation file."""
    folder = write_folder(tmp_path, {"orders/create": operation}, manifest=manifest)
    return [(problem.pointer, problem.message) for problem in check([folder])]


def test_sound_folder_has_no_problems(tmp_path: Path) -> None:
    assert found(tmp_path, action()) == []


@pytest.mark.parametrize(
    ("operation", "pointer", "words"),
    [
        ("{not json", "", "Is not valid JSON"),
        ({"kind": "action"}, "/title", "required"),
        (action(titel="x"), "/titel", "not known here"),
        (action("FETCH"), "/request/method", "must be one of"),
        (action(run="send"), "", "has more than one of the allowed forms"),
        (action(path="orders"), "/request/path", "must have the form"),
        (action(path="/orders/{id}"), "/request/path", "“id” is not an input"),
        (action(path="/{connection.shop}"), "/request/path", "“shop” is not a field of the connection"),
        (action(request={"base": "files"}), "/request/base", "not one of the manifest's base_urls"),
        (action(request={"query": ["limit"]}), "/request/query/0", "“limit” is not an input"),
        (action(request={"query": {"l": "{{ input.limit }}"}}), "/request/query/l", "“limit” is not an input"),
        (action(request={"body": {"a": ["{{ input.itme }}"]}}), "/request/body/a/0", "“itme” is not an input"),
        (action(request={"headers": {"X": "{{ connection.key }}"}}), "/request/headers/X", "not a field of the conn"),
        (action(request={"body": "{{ response.id }}"}), "/request/body", "“response” does not exist here"),
        (action(output="{{ response.id | nofilter }}"), "/output", "no filter “nofilter” (at character 18)"),
        (action(output={"id": "{{ payload.id }}"}), "/output/id", "“payload” does not exist here"),
        (action(input_schema={"type": "object", "properties": {"a": {"type": "strng", "title": "A"}}}),
         "/input_schema", "not a valid JSON Schema"),
        (action(input_schema={"type": "object", "properties": {"a": {"type": "string"}}}),
         "/input_schema/properties/a/title", "required"),
        (action(input_schema={**fields("a"), "x-order": ["b"]}), "/input_schema/x-order/0", "not one of the prop"),
        (action(input_schema={**fields("a"), "required": ["b"]}), "/input_schema/required/0", "not one of the prop"),
        (action(sample_input={"count": "many"}), "/sample_input/count", "must be a whole number"),
        (action(sample={"id": "x"}, output_schema=fields(id="integer")), "/sample/id", "must be a whole number"),
        (action(errors=[{"status": 404}]), "/errors/0/kind", "required"),
        (action(errors=[{"kind": "rejected"}]), "/errors/0", "at least one of"),
        (action(errors=[{"when": "{{ f() }}", "kind": "ok"}]), "/errors/0/when", "Functions cannot be called"),
        (action(paging={"kind": "page", "page": "body.page"}), "/paging/items", "where the rows"),
        (action(paging={"kind": "page", "items": "{{ response.d }}"}), "/paging/page", "required"),
        (action(paging={"kind": "page", "page": "page", "items": "{{ response.d }}"}), "/paging/page", "the form"),
        (action(paging={"kind": "page", "page": "body.p", "items": "{{ response.d }}"}, output="{{ response.d }}"),
         "/output", "must use {{ items }}"),
        (trigger(mode="webhook", event="Order"), "/trigger/mode", "does not say how webhooks arrive"),
        (trigger(mode="webhook"), "/trigger/event", "required"),
        (trigger(**POLL, emit="changed"), "/trigger/digest", "what tells that an item has changed"),
        (trigger(**{**POLL, "key": "{{ row.id }}"}), "/trigger/key", "“row” does not exist here"),
        (trigger(mode="schedule"), "/trigger/mode", "must answer next_times"),
        (trigger(mode="sometimes"), "/trigger", "allowed forms"),
        ({**trigger(mode="catch"), "request": {"method": "GET", "path": "/"}}, "", "does not fit"),
    ],
)  # fmt: skip
def test_mistake_is_named_by_pointer(tmp_path: Path, operation: Any, pointer: str, words: str) -> None:
    problems = found(tmp_path, operation)

    assert [problem for problem in problems if problem[0] == pointer and words in problem[1]], problems


def test_missing_statements_are_asked_for(tmp_path: Path) -> None:
    problems = dict(
        found(tmp_path, {key: value for key, value in action().items() if key not in ("idempotent", "sample")})
    )

    assert problems.keys() == {"/idempotent", "/sample"}


def test_dropdown_must_lead_to_an_options_operation_with_its_inputs(tmp_path: Path) -> None:
    options = {
        "kind": "options",
        "title": "Regions",
        "description": "All regions.",
        "input_schema": fields("country"),
        "request": {"method": "GET", "path": "/regions", "query": ["country"]},
        "output": {"items": "{{ response.data }}", "value": "{{ item.id }}", "label": "{{ item.name }}"},
    }
    schema = {
        "type": "object",
        "properties": {
            name: {"type": "string", "title": name, "x-options": source}
            for name, source in {
                "good": {"operation": "shop.orders.regions", "input": {"country": "{{ input.good }}"}},
                "unknown": {"operation": "shop.orders.nothing"},
                "action": {"operation": "shop.orders.create"},
                "lacks": {"operation": "shop.orders.regions"},
                "more": {"operation": "shop.orders.regions", "input": {"country": "SE", "city": "x"}},
                "built_in": {"operation": "mailercloud.lists.options"},
            }.items()
        },
    }
    folder = write_folder(tmp_path, {"orders/create": action(input_schema=schema), "orders/regions": options})

    problems = {problem.pointer: problem.message for problem in check([folder])}

    place = "/input_schema/properties"
    assert problems == {
        f"{place}/unknown/x-options/operation": "“shop.orders.nothing” is not an operation of kind options.",
        f"{place}/action/x-options/operation": "“shop.orders.create” is not an operation of kind options.",
        f"{place}/lacks/x-options/input": "The dropdown's operation needs the input “country”.",
        f"{place}/more/x-options/input": "The dropdown's operation has no input “city”.",
    }


def test_secret_among_the_inputs_of_an_operation_is_named_in_any_depth(tmp_path: Path) -> None:
    secret = {"type": "string", "title": "Key", "x-secret": True}
    group = {"type": "object", "title": "G", "properties": {"inner": secret}}
    schema = {"type": "object", "properties": {"key": secret, "group": group}}

    problems = found(tmp_path, action(input_schema=schema))

    assert [pointer for pointer, message in problems if "field of the connection" in message] == [
        "/input_schema/properties/group/properties/inner/x-secret",
        "/input_schema/properties/key/x-secret",
    ]


@pytest.mark.parametrize(
    ("manifest", "pointer", "words"),
    [
        ({"key": "Shop"}, "/key", "must have the form"),
        ({"name": None}, "/name", "required"),
        ({"color": "blue"}, "/color", "must have the form"),
        ({"headers": {"X": "{{ input.x }}"}}, "/headers/X", "“x” is not an input"),
        ({"resources": {}}, "", "not one of the manifest's resources"),
        ({"auth": [{"key": "a", "kind": "magic"}]}, "/auth/0/kind", "must be one of"),
        ({"auth": [{"key": "a", "kind": "bearer", "fields": fields("key")}]},
         "/auth/0/fields/properties", "needs the field “token”"),
        ({"auth": [{"key": "a", "kind": "oauth2", "fields": fields("x")}]}, "/auth/0/authorize_url", "required"),
        ({"auth": [MANIFEST["auth"][0]] * 2}, "/auth", "the same key"),
        ({"connection": {"type": "object", "properties": {"n": {"type": "integer", "title": "N", "x-secret": True}}}},
         "/connection/properties/n", "A secret must be a text"),
        ({"test": {"request": {"method": "GET", "path": "/{connection.id}"}}}, "/test/request/path", "not a field"),
        ({"webhook": {"verify": {"kind": "ed25519", "header": "X-S"}, "event": "x"}},
         "/webhook/verify", "at least one of"),
        ({"webhook": {"verify": {"kind": "none"}, "event": "{{ body.type }}"}},
         "/webhook/event", "does not exist here"),
    ],
)  # fmt: skip
def test_mistake_in_the_manifest_is_named(tmp_path: Path, manifest: dict[str, Any], pointer: str, words: str) -> None:
    problems = found(tmp_path, action(), **manifest)

    assert [problem for problem in problems if problem[0] == pointer and words in problem[1]], problems


def test_folder_must_be_called_like_its_connector(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"orders/create": action()}).rename(tmp_path / "store")

    assert [(problem.pointer, problem.message) for problem in check([folder])] == [
        ("/key", "Must be the folder's name, “store”.")
    ]


def test_function_must_exist(tmp_path: Path) -> None:
    operation = {**action(), "run": "work"}
    del operation["request"]
    folder = write_folder(tmp_path, {"orders/create": operation}, code="def other(input):\n    return {}\n")

    (problem,) = check([folder])

    assert problem.pointer == "/run"
    assert "work" in problem.message


def test_stray_files_titles_and_examples_are_named(tmp_path: Path) -> None:
    example = [{"name": "x", "input": {}}]
    folder = write_folder(
        tmp_path,
        {"orders/create": action(), "orders/add": action()},
        examples={"orders/create": example, "orders/creat": example, "orders/add": [{"input": {}}]},
    )
    assert [(Path(p.file).name, p.pointer, p.message) for p in check([folder])] == [
        ("add.json", "/0/name", "“name” is required.")
    ]
    write_json(folder / "examples" / "orders" / "add.json", example)

    problems = {Path(problem.file).name: problem.message for problem in check([folder])}

    assert problems == {
        "creat.json": "There is no operation that these examples belong to.",
        "create.json": "“Create an order” is also the title of orders/add.",
    }


def test_problems_of_all_folders_are_reported_at_once_and_exit_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(tmp_path, {"orders/create": "{"})
    write_folder(tmp_path, {"orders/create": action(titel="x")}, manifest={"key": "store"})

    code = check_command.main([str(tmp_path)])

    printed = capsys.readouterr()
    assert code == 1
    assert "shop/operations/orders/create.json#: Is not valid JSON" in printed.out
    assert "store/operations/orders/create.json#/titel" in printed.out
    assert "2 problems." in printed.err


def test_command_exits_with_0_when_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(tmp_path, {"orders/create": action()})

    assert check_command.main([str(folder), "--examples"]) == 0
    assert "No problems." in capsys.readouterr().err


def test_folder_without_connectors_is_a_problem(tmp_path: Path) -> None:
    assert [problem.message for problem in check([tmp_path])] == ["Holds no connector."]


def test_registry_refuses_broken_folders_or_leaves_them_out(tmp_path: Path) -> None:
    good = write_folder(tmp_path, {"orders/create": action()})
    bad = write_folder(tmp_path, {"orders/create": {"kind": "action"}}, manifest={"key": "store"})

    with pytest.raises(CheckFailed) as caught:
        Registry.load([good, bad])
    registry = Registry.load([good, bad], strict=False)

    assert "'title' is missing" in str(caught.value)
    assert list(registry.connectors) == ["shop"]
    assert registry.problems == caught.value.problems


def test_rate_headers_belong_to_a_limit(tmp_path: Path) -> None:
    limits = {
        "rate_limits": [{"requests": 5, "seconds": 10}],
        "rate_headers": [{"seconds": 10, "remaining": "X-Left"}, {"seconds": 60, "remaining": "X-Left"}],
        "rate_limit_key": "{{ connection.shop }}",
    }

    assert found(tmp_path, action(), **limits) == [
        ("/rate_headers/1/seconds", "There is no limit of 60 seconds in rate_limits."),
        ("/rate_limit_key", "“shop” is not a field of the connection."),
    ]
