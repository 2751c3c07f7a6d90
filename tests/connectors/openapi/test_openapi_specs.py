"""Public API descriptions of different style become sound connectors whose operations can be called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connectors._kit.caller import Caller
from connectors._kit.context import Credentials
from connectors._kit.egress import open_client
from connectors._kit.errors import OperationFailed
from connectors._kit.exchange import Exchange
from connectors._kit.model import AuthKind, Connector, Operation
from connectors._kit.openapi import Imported, import_openapi, problems_of
from connectors._kit.registry import Registry
from tests.support.echo import echo_server

REFEREE = Path(__file__).parents[2] / "referee"
LARGE = ["github.json", "figma.yaml", "blockfrost.yaml", "readme.json", "star-trek.json"]
HIGHLEVEL = sorted(path.name for path in (REFEREE / "gohighlevel").glob("*.json"))
STYLES = sorted(path.name for path in (REFEREE / "openapi" / "styles").glob("*.json"))


def imported(file: Path) -> Imported:
    return import_openapi(file.read_bytes(), "service")


def operations_in(file: Path) -> int:
    """How many operations a JSON description has."""
    paths = json.loads(file.read_bytes())["paths"].values()
    return sum(method in item for item in paths for method in ("get", "post", "put", "patch", "delete"))


@pytest.mark.parametrize("name", LARGE)
def test_large_description_becomes_a_sound_connector(name: str) -> None:
    made = imported(REFEREE / "openapi" / name)

    assert problems_of("service", made.files) == []
    assert sum(made.counts.values()) >= 45


@pytest.mark.parametrize("name", STYLES)
def test_small_description_of_every_style_becomes_a_sound_connector(name: str) -> None:
    assert problems_of("service", imported(REFEREE / "openapi" / "styles" / name).files) == []


def test_all_41_highlevel_descriptions_are_carried_over_as_a_whole() -> None:
    assert len(HIGHLEVEL) == 41
    made, left_out, described = 0, [], 0
    for name in HIGHLEVEL:
        file = REFEREE / "gohighlevel" / name
        result = imported(file)
        assert problems_of("service", result.files) == [], name
        made += len(result.operations)
        left_out += [note for note in result.notes if note.weight == "left_out"]
        described += operations_in(file)

    assert (made, described) == (576, 576)
    assert left_out == []


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    with echo_server() as url:
        yield url


@pytest.mark.parametrize(
    "file", [*(f"openapi/{name}" for name in LARGE), "gohighlevel/contacts.json", "openapi/styles/petstore.json"]
)
async def test_operations_reach_a_real_server(file: str, tmp_path: Path, echo: str) -> None:
    # given the connector, written as a folder and loaded
    registry = written(REFEREE / file, tmp_path)
    connector = registry.connector("service")

    # when its reads and writes are called with their example inputs
    http = open_client(allow=[urlsplit(echo).netloc])
    caller = Caller(registry, http, lambda: datetime.now(UTC))
    sent = [await call(caller, operation, credentials(connector, echo)) for operation in some(connector)]
    await http.aclose()

    # then each arrives with its method, a whole path and the log-in
    assert len(sent) >= 4
    for operation, exchange in sent:
        assert exchange.response is not None, exchange.error
        seen = json.loads(exchange.response["body"])
        assert operation.request is not None
        assert seen["method"] == operation.request.method
        assert "{" not in seen["path"]
        assert "•" in exchange.response["body"]  # the echoed secret, hidden in what is kept of the exchange


async def test_files_of_an_imported_form_reach_a_real_server(tmp_path: Path, echo: str) -> None:
    registry = written(REFEREE / "openapi/styles/file-uploads.json", tmp_path)
    connector = registry.connector("service")
    (upload,) = [found for found in connector.operations.values() if found.title == "Single file"]
    file = {"name": "note.txt", "content": "SGVsbG8=", "encoding": "base64"}
    http = open_client(allow=[urlsplit(echo).netloc])

    result = await Caller(registry, http, lambda: datetime.now(UTC)).execute(
        upload, {"orderId": 7, "documentFile": file}, credentials(connector, echo), idempotency_key="k"
    )
    await http.aclose()

    answer = result.exchanges[0].response
    assert answer is not None
    seen = json.loads(answer["body"])
    assert seen["headers"]["content-type"].startswith("multipart/form-data; boundary=")
    assert 'name="orderId"\r\n\r\n7\r\n' in seen["body"]
    assert 'name="documentFile"; filename="note.txt"\r\nContent-Type: text/plain\r\n\r\nHello\r\n' in seen["body"]


def written(description: Path, folder: Path) -> Registry:
    """The connector of a description, written as a folder and loaded."""
    for name, content in imported(description).files.items():
        target = folder / "service" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return Registry.load([folder / "service"])


def some(connector: Connector) -> list[Operation]:
    """A few operations of each method."""
    by_method: dict[str, list[Operation]] = {}
    for operation in connector.operations.values():
        if operation.request is not None and (operation.sample_input or not operation.input_schema.get("required")):
            by_method.setdefault(operation.request.method, []).append(operation)
    return [operation for found in by_method.values() for operation in found[:4]]


def credentials(connector: Connector, url: str) -> Credentials:
    auth = next(kind for kind in connector.auth if kind.kind not in ("oauth2", "none"))
    values = dict.fromkeys(secrets(auth), "test-secret")
    for name, field in connector.connection_schema.get("properties", {}).items():
        values.setdefault(name, str(field.get("default", "x")))
    bases = {f"base_url_{name}": url for name in connector.base_urls}
    return Credentials("c1", "service", auth.key, {**values, **bases, "base_url": url})


def secrets(auth: AuthKind) -> list[str]:
    return list(auth.fields.get("properties", {}))


async def call(caller: Caller, operation: Operation, given: Credentials) -> tuple[Operation, Exchange]:
    """The exchange, whatever the connector makes of the echo."""
    try:
        result = await caller.execute(operation, operation.sample_input, given, idempotency_key="k")
        return operation, result.exchanges[0]
    except OperationFailed as error:
        return operation, error.exchanges[0]
