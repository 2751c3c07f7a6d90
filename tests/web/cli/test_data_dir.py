"""Commands work with a Stepline that is there; a mistyped folder is said, not filled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.cli.conftest import Cli

Data = tuple[str, Path]
RECIPE = "new-contact-welcome-sequence"
DESCRIPTION = Path(__file__).parents[2] / "referee" / "openapi" / "styles" / "petstore.json"

COMMANDS = [
    ("users", "list"),
    ("users", "create", "a@example.com"),
    ("users", "link", "a@example.com"),
    ("tokens", "create", "ci"),
    ("tokens", "list"),
    ("tokens", "revoke", "ci"),
    ("recipes", "import", RECIPE),
    ("recipes", "export", "Greeting"),
    ("run", "Greeting"),
    ("db", "status"),
    ("keys", "add"),
    ("keys", "rotate"),
    ("connectors", "list"),
    ("connectors", "show", "mailercloud"),
    ("connectors", "new", "acme"),
    ("connectors", "import-openapi", DESCRIPTION),
    ("connectors", "try", "formatter.text.trim"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(map(str, command[:2])))
def test_folder_without_a_stepline_is_refused_and_stays_as_it_is(
    cli: Cli, nowhere: Data, command: tuple[object, ...]
) -> None:
    refused = cli(*command, *nowhere)

    folder = nowhere[1]
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        f"There is no Stepline in {folder}. Give its folder with --data-dir, "
        f"or start one there with: stepline serve --data-dir {folder}\n"
    )
    assert not folder.exists()


def test_folder_that_holds_other_things_is_refused_too(cli: Cli, nowhere: Data) -> None:
    nowhere[1].mkdir()

    assert cli("users", "list", *nowhere).code == 1
    assert list(nowhere[1].iterdir()) == []


def test_missing_database_that_a_setting_names_is_said_as_such(
    cli: Cli, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "elsewhere" / "typo.db"
    monkeypatch.setenv("STEPLINE_DATABASE_URL", f"sqlite:///{file}")

    refused = cli("users", "list", *data)

    assert (refused.code, refused.err) == (1, f"There is no database {file}. Is STEPLINE_DATABASE_URL right?\n")
    assert not file.parent.exists()


def test_what_needs_no_data_works_without_any(cli: Cli, nowhere: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPLINE_DATA_DIR", str(nowhere[1]))

    commands = (("recipes", "list"), ("connectors", "list"), ("connectors", "check"), ("settings",), ("doctor",))
    assert [command for command in commands if cli(*command).code != 0] == []
    assert cli("connectors", "import-openapi", DESCRIPTION, "--key", "pets", "--preview").code == 0
    assert not nowhere[1].exists()
