"""Making connectors from the command line: from a description, from nothing; and trying their operations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.assembly import open_stepline
from engine.settings import Settings
from tests.support.echo import echo_server
from tests.web.cli.conftest import Cli

Data = tuple[str, Path]
PETSTORE = Path(__file__).parents[2] / "referee" / "openapi" / "styles" / "petstore.json"


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("STEPLINE_EGRESS_ALLOW", "127.0.0.1")
    with echo_server() as url:
        yield url


def test_import_makes_a_connector_and_says_what_is_missing(cli: Cli, data: Data) -> None:
    made = cli("connectors", "import-openapi", PETSTORE, "--key", "pets", "--name", "Pet shop", *data)

    assert made.code == 0
    assert "Pet shop (pets): 12 actions, 8 searches." in made.out
    assert "an access token is asked for" in made.out
    listed = cli("connectors", "list", "--counts", "--json", *data).json
    assert next(row for row in listed if row["key"] == "pets")["counts"]["actions"] == 12
    assert cli("connectors", "check", data[1] / "connectors").code == 0


def test_preview_saves_nothing(cli: Cli, data: Data) -> None:
    shown = cli("connectors", "import-openapi", PETSTORE, "--key", "pets", "--preview", "--json", *data)

    assert shown.json["counts"] == {"action": 12, "search": 8}
    assert {note["weight"] for note in shown.json["notes"]} == {"changed", "guessed"}
    assert not (data[1] / "connectors").exists()


def test_connector_is_replaced_only_on_request(cli: Cli, data: Data) -> None:
    cli("connectors", "import-openapi", PETSTORE, "--key", "pets", *data)

    again = cli("connectors", "import-openapi", PETSTORE, "--key", "pets", *data)

    assert again.code == 1
    assert "already a connector" in again.err
    assert cli("connectors", "import-openapi", PETSTORE, "--key", "pets", "--replace", *data).code == 0


@pytest.mark.parametrize(("key", "says"), [("Pets!", "cannot be a key"), ("mailercloud", "Stepline brings")])
def test_key_that_cannot_be_used_is_refused(cli: Cli, data: Data, key: str, says: str) -> None:
    refused = cli("connectors", "import-openapi", PETSTORE, "--key", key, *data)

    assert refused.code == 1
    assert says in refused.err


def test_file_that_is_no_description_is_a_problem(cli: Cli, data: Data, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("[]")

    assert "no OpenAPI description" in cli("connectors", "import-openapi", file, *data).err


def test_new_connector_is_sound_and_its_examples_come_true(cli: Cli, data: Data) -> None:
    made = cli("connectors", "new", "acme", "--name", "Acme", *data)

    assert made.code == 0
    assert cli("connectors", "check", data[1] / "connectors", "--examples").code == 0
    assert cli("connectors", "new", "acme", *data).code == 1


def test_operation_is_tried_with_a_connection(cli: Cli, data: Data, echo: str) -> None:
    # given a connector of one's own and a connection to it
    cli("connectors", "new", "acme", "--address", echo, *data)
    stepline = open_stepline(Settings.load(data_dir=data[1]), working=False)
    stepline.connections.create("acme", "token", "Main", {"token": "tok-123456"})
    stepline.close()

    # when its operation is tried
    tried = cli(
        "connectors", "try", "acme.things.get", "--input", "-", "--connection", "main", *data, stdin='{"id": "7"}'
    )

    # then the request was made, logged in, and shown
    assert tried.code == 0, tried.err
    assert tried.json["path"] == "/things/7"
    assert tried.json["headers"]["authorization"] == "Bearer tok-123456"
    assert f"GET {echo}/things/7 → 200" in tried.err


def test_pure_operation_is_tried_without_one(cli: Cli, data: Data, tmp_path: Path) -> None:
    file = tmp_path / "input.json"
    file.write_text(json.dumps({"text": "  Ada "}))

    assert cli("connectors", "try", "formatter.text.trim", "--input", file, *data).json == {"result": "Ada"}


def test_failure_of_a_tried_operation_is_said_with_its_remedy(cli: Cli, data: Data) -> None:
    cli("connectors", "new", "acme", *data)

    failed = cli("connectors", "try", "acme.things.get", "--input", "-", *data, stdin='{"id": "7"}')

    assert failed.code == 1
    assert "Choose a Acme connection" in failed.err or "connection" in failed.err


def test_input_that_does_not_fit_is_named_field_by_field(cli: Cli, data: Data) -> None:
    refused = cli("connectors", "try", "formatter.text.trim", *data)

    assert refused.code == 1
    assert "required" in refused.err
