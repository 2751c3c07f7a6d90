from __future__ import annotations

import json
from pathlib import Path

from tests.web.cli.conftest import Cli


def test_list_counts_operations_of_each_kind(cli: Cli) -> None:
    listed = cli("connectors", "list", "--counts", "--json")

    counts = {connector["key"]: connector["counts"] for connector in listed.json}
    assert listed.code == 0
    assert {"gohighlevel", "mailercloud"} <= set(counts)
    highlevel, mailercloud = counts["gohighlevel"], counts["mailercloud"]
    assert highlevel["actions"] + highlevel["searches"] >= 576
    assert highlevel["instant"] >= 58
    assert highlevel["polled"] >= 7
    assert highlevel["featured"] >= 80
    assert mailercloud["triggers"] + mailercloud["actions"] + mailercloud["searches"] >= 40
    assert mailercloud["beta"] >= 1
    others = [found for key, found in counts.items() if key not in ("gohighlevel", "mailercloud")]
    assert sum(found["triggers"] + found["actions"] + found["searches"] for found in others) >= 40


def test_table_of_counts_ends_with_the_sum_of_all(cli: Cli) -> None:
    rows = [line.split() for line in cli("connectors", "list", "--counts").out.splitlines()]

    numbers = [[int(cell) for cell in row[1:]] for row in rows[1:]]
    assert rows[-1][0] == "all"
    assert numbers[-1] == [sum(column) for column in zip(*numbers[:-1], strict=True)]


def test_list_is_a_table_for_people(cli: Cli) -> None:
    lines = cli("connectors", "list").out.splitlines()

    assert lines[0].split() == ["KEY", "NAME", "DESCRIPTION"]
    assert any(line.startswith("mailercloud ") for line in lines)


def test_show_lists_the_operations_of_a_connector(cli: Cli) -> None:
    shown = cli("connectors", "show", "mailercloud")

    assert shown.code == 0
    assert "mailercloud.contacts.upsert" in shown.out


def test_show_gives_the_fields_of_an_operation(cli: Cli) -> None:
    shown = cli("connectors", "show", "mailercloud.contacts.upsert", "--json").json

    assert shown["kind"] == "action"
    assert "email" in shown["input_schema"]["properties"]


def test_show_of_an_unknown_operation_is_a_problem(cli: Cli) -> None:
    assert cli("connectors", "show", "mailercloud.contacts.nope").code == 1


def test_check_finds_nothing_in_the_built_in_connectors(cli: Cli) -> None:
    checked = cli("connectors", "check", "--json")

    assert (checked.code, checked.json) == (0, [])


def test_check_names_file_and_place_of_each_problem(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"key": "broken"}))

    checked = cli("connectors", "check", folder, "--json")

    assert checked.code == 1
    assert all(problem["file"].endswith("manifest.json") for problem in checked.json)


def test_check_of_a_missing_folder_is_a_usage_error(cli: Cli, tmp_path: Path) -> None:
    assert cli("connectors", "check", tmp_path / "nowhere").code == 2
