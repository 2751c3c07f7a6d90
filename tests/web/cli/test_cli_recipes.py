from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.assembly import open_stepline
from engine.recipes import FOLDER
from engine.settings import Settings
from tests.web.cli.conftest import Cli

Data = tuple[str, Path]
WELCOME = "new-contact-welcome-sequence"

HOOK_RECIPE: dict[str, Any] = {
    "format": 1,
    "slug": "say-hello",
    "name": "Say hello",
    "description": "Greets whoever is sent to its hook.",
    "category": "Test",
    "connections": {},
    "settings": {"times": {"title": "How often", "type": "number"}},
    "trigger": {"operation": "webhook.hooks.received", "input": {}},
    "steps": [
        {
            "key": "only_known",
            "kind": "filter",
            "title": "Only with a name",
            "match": "all",
            "rules": [{"left": "{{ trigger.name }}", "test": "is_not_empty"}],
        }
    ],
}


@pytest.fixture
def hook_recipe(tmp_path: Path) -> Path:
    file = tmp_path / "say-hello.json"
    file.write_text(json.dumps(HOOK_RECIPE))
    return file


@pytest.fixture
def two_accounts(data: Data) -> Data:
    """A data directory with a GoHighLevel and a Mailercloud connection."""
    stepline = open_stepline(Settings.load(data_dir=data[1]), working=False)
    ghl = {"token": "pit-1", "location_id": "loc"}
    stepline.connections.create("gohighlevel", "private_token", "My agency", ghl)
    stepline.connections.create("mailercloud", "api_key", "My mails", {"api_key": "k"})
    stepline.close()
    return data


def test_bundled_recipes_are_listed_without_any_data_directory(cli: Cli) -> None:
    listed = cli("recipes", "list", "--json")

    assert listed.code == 0
    assert WELCOME in [recipe["slug"] for recipe in listed.json]


def test_sound_recipes_are_fine(cli: Cli) -> None:
    files = list(FOLDER.glob("*.json"))

    checked = cli("recipes", "validate", *files)

    assert (checked.code, checked.out.count(": fine")) == (0, len(files))


def test_broken_recipe_is_reported_by_step_and_field(cli: Cli, data: Data, tmp_path: Path) -> None:
    broken = json.loads(json.dumps(HOOK_RECIPE))
    broken["steps"][0]["rules"][0]["left"] = "{{ steps.nowhere.name }}"
    broken["steps"].append({"key": "wait", "kind": "delay", "for": {"amount": 1, "unit": "years"}})
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(broken))

    checked, refused = cli("recipes", "validate", file), cli("recipes", "import", file, *data)

    assert (checked.code, refused.code) == (1, 1)
    for shown in (checked.out, refused.err):
        assert "step only_known: {{ steps.nowhere.name }}" in shown
        assert "step wait, field for/unit: “unit” must be one of" in shown


@pytest.mark.parametrize("text", ["{", json.dumps({**HOOK_RECIPE, "steps": [{"key": "wait", "kind": "delay"}]})])
def test_mistakes_of_an_imported_file_are_told_as_json_too(cli: Cli, data: Data, tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text)

    checked, refused = cli("recipes", "validate", file, "--json"), cli("recipes", "import", file, "--json", *data)

    assert refused.code == 1
    assert refused.json == {"id": None, "name": None, "enabled": False, "problems": checked.json[0]["problems"]}
    assert refused.json["problems"]


def test_file_that_is_no_json_is_a_problem(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text("{")

    assert cli("recipes", "validate", file).code == 1


def test_imported_workflow_is_switched_on_when_nothing_is_missing(cli: Cli, data: Data, hook_recipe: Path) -> None:
    made = cli("recipes", "import", hook_recipe, "--set", "times=3", "--enable", "--json", *data)

    assert made.code == 0
    assert (made.json["name"], made.json["enabled"], made.json["problems"]) == ("Say hello", True, [])


def test_import_says_what_is_missing(cli: Cli, data: Data) -> None:
    made = cli("recipes", "import", WELCOME, "--enable", *data)

    assert made.code == 1
    assert "switched off" in made.out
    assert "Choose a value for “List”" in made.err


def test_only_account_of_an_app_needs_no_choice(cli: Cli, two_accounts: Data) -> None:
    made = cli("recipes", "import", WELCOME, "--json", *two_accounts).json

    assert not [problem for problem in made["problems"] if "connection" in problem["pointer"]]


def test_account_can_be_chosen_by_name(cli: Cli, two_accounts: Data) -> None:
    assert cli("recipes", "import", WELCOME, "--connection", "ghl=My agency", *two_accounts).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--connection", "ghl=Nobody"], "There is no connection “Nobody”. There are: “My agency”."),
        (["--connection", "crm=My agency"], "The recipe has no account “crm”. It has: ghl, mailercloud."),
        (["--set", "color=red"], "The recipe has no setting “color”."),
    ],
)
def test_wrong_choice_says_what_there_is(cli: Cli, two_accounts: Data, arguments: list[str], said: str) -> None:
    refused = cli("recipes", "import", WELCOME, *arguments, *two_accounts)

    assert refused.code == 1
    assert said in refused.err


def test_value_without_a_name_is_a_usage_error(cli: Cli, data: Data) -> None:
    assert cli("recipes", "import", WELCOME, "--set", "red", *data).code == 2


def test_unknown_recipe_is_a_problem(cli: Cli, data: Data) -> None:
    assert cli("recipes", "import", "nope", *data).code == 1


def test_exported_workflow_can_be_imported_again(cli: Cli, data: Data, hook_recipe: Path, tmp_path: Path) -> None:
    cli("recipes", "import", hook_recipe, *data)

    exported = cli("recipes", "export", "say hello", "--output", tmp_path / "mine.json", *data)

    assert exported.code == 0
    assert cli("recipes", "import", tmp_path / "mine.json", "--name", "Once more", *data).code == 0


def test_export_of_an_unknown_workflow_names_those_there_are(cli: Cli, data: Data, hook_recipe: Path) -> None:
    cli("recipes", "import", hook_recipe, *data)

    refused = cli("recipes", "export", "nope", *data)

    assert refused.code == 1
    assert "“Say hello”" in refused.err
