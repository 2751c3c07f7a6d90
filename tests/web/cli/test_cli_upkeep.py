"""Settings, tables, keys and the doctor."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.assembly import open_stepline
from engine.settings import Settings
from tests.web.cli.conftest import Cli

Data = tuple[str, Path]
README = Path(__file__).parents[3] / "README.md"


def test_readme_documents_every_setting_and_no_other() -> None:
    rows = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| `STEPLINE_")]
    documented = {cells[1].strip(" `"): cells[3].strip() for cells in (row.split("|") for row in rows)}

    described = {f"STEPLINE_{name.upper()}": field.description for name, field in Settings.model_fields.items()}
    assert documented.pop("STEPLINE_CONFIG")
    assert documented == described


def test_readme_makes_the_user_that_its_service_runs_as() -> None:
    readme = README.read_text(encoding="utf-8")
    user = next(line.removeprefix("User=") for line in readme.splitlines() if line.startswith("User="))

    assert f"useradd --system --home-dir /var/lib/stepline {user}\n" in readme.partition("[Unit]")[0]


def test_settings_are_shown_with_their_values_and_meaning(cli: Cli, data: Data) -> None:
    shown = {entry["variable"]: entry for entry in cli("settings", "--json", *data).json}

    assert shown["STEPLINE_DATA_DIR"]["value"] == str(data[1])
    assert all(entry["description"] for entry in shown.values())


def test_secret_settings_are_not_shown(cli: Cli, data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPLINE_SECRET_KEYS", "very-secret")

    assert "very-secret" not in cli("settings", *data).out


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://anna:very-secret@db.example.com:5433/steps", "postgresql://anna:***@db.example.com:5433/steps"),
        ("postgresql://db/steps?password=very-secret", "postgresql://db/steps?password=hidden"),
        ("very-secret", "(hidden)"),
        ("", "sqlite:///{}/stepline.db"),
    ],
)
def test_address_of_the_database_is_shown_without_its_password(
    cli: Cli, nowhere: Data, monkeypatch: pytest.MonkeyPatch, url: str, told: str
) -> None:
    monkeypatch.setenv("STEPLINE_DATABASE_URL", url)

    shown = {entry["variable"]: entry["value"] for entry in cli("settings", "--json", *nowhere).json}

    assert shown["STEPLINE_DATABASE_URL"] == told.format(nowhere[1])


def test_impossible_setting_is_named_with_its_variable(cli: Cli, data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPLINE_PORT", "many")

    refused = cli("settings", *data)

    assert refused.code == 1
    assert "STEPLINE_PORT" in refused.err


def test_status_says_when_there_are_no_tables_yet(cli: Cli, nowhere: Data) -> None:
    nowhere[1].mkdir()
    sqlite3.connect(nowhere[1] / "stepline.db").close()

    before = cli("db", "status", *nowhere)
    upgraded = cli("db", "upgrade", *nowhere)
    after = cli("db", "status", "--json", *nowhere)

    assert (before.code, upgraded.code, after.code) == (1, 0, 0)
    assert "stepline db upgrade" in before.out
    assert after.json["up_to_date"] is True


def test_upgrade_makes_a_first_database(cli: Cli, nowhere: Data) -> None:
    assert cli("db", "upgrade", *nowhere).out == "Made the tables.\n"
    assert cli("users", "create", "a@example.com", *nowhere).code == 0


def test_upgrade_of_tables_that_are_up_to_date_changes_nothing(cli: Cli, data: Data) -> None:
    assert cli("db", "upgrade", *data).out == "The tables are up to date.\n"


def test_rotated_secrets_stay_readable_without_the_old_key(cli: Cli, data: Data) -> None:
    settings = Settings.load(data_dir=data[1])
    stepline = open_stepline(settings, working=False)
    made = stepline.connections.create("mailercloud", "api_key", "Mails", {"api_key": "k1"})
    stepline.close()

    assert cli("keys", "add", *data).code == 0
    assert cli("keys", "rotate", *data).code == 0

    keys = [line for line in settings.key_file.read_text().splitlines() if line and not line.startswith("#")]
    settings.key_file.write_text(keys[0] + "\n")
    stepline = open_stepline(settings, working=False)
    assert stepline.connections.credentials(made.id).values["api_key"] == "k1"
    stepline.close()


def test_keys_from_the_environment_are_not_added_to_a_file(
    cli: Cli, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPLINE_SECRET_KEYS", "A" * 43 + "=")

    assert cli("keys", "add", *data).code == 1


def test_doctor_finds_nothing_wrong_before_the_first_start_and_makes_nothing(cli: Cli, nowhere: Data) -> None:
    examined = cli("doctor", *nowhere)

    assert examined.code == 0
    assert not nowhere[1].exists()


def test_doctor_finds_nothing_wrong_after_a_start(cli: Cli, data: Data) -> None:
    examined = cli("doctor", "--json", *data)

    states = {finding["part"]: finding["state"] for finding in examined.json}
    assert examined.code == 0
    assert states["Encryption keys"] == states["Database"] == states["Connectors"] == states["Recipes"] == "ok"


def test_doctor_misses_a_key_file_and_makes_none(cli: Cli, data: Data) -> None:
    settings = Settings.load(data_dir=data[1])
    settings.key_file.unlink()

    examined = cli("doctor", *data)

    assert examined.code == 1
    assert "backup" in examined.out
    assert not settings.key_file.exists()


def test_doctor_notices_keys_of_another_database(cli: Cli, data: Data, tmp_path: Path) -> None:
    settings, other = Settings.load(data_dir=data[1]), Settings.load(data_dir=tmp_path / "other")
    open_stepline(other, working=False).close()
    other.key_file.replace(settings.key_file)

    examined = cli("doctor", *data)

    assert examined.code == 1
    assert "do not belong to this database" in examined.out


def test_doctor_says_that_tables_are_out_of_date(cli: Cli, nowhere: Data) -> None:
    nowhere[1].mkdir()
    sqlite3.connect(nowhere[1] / "stepline.db").close()

    examined = cli("doctor", *nowhere)

    assert examined.code == 0
    assert "stepline db upgrade" in examined.out


@pytest.mark.parametrize("url", ["nonsense", "mysql://root@localhost/x", "postgresql://u:p@127.0.0.1:1/x"])
def test_doctor_finds_a_database_that_cannot_be_used(
    cli: Cli, data: Data, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("STEPLINE_DATABASE_URL", url)

    examined = cli("doctor", "--json", *data)

    (finding,) = (finding for finding in examined.json if finding["part"] == "Database")
    assert (examined.code, finding["state"]) == (1, "problem")
    assert "STEPLINE_DATABASE_URL" in finding["message"] + finding["remedy"]


def test_doctor_names_a_misspelt_setting(cli: Cli, data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPLINE_POTR", "9000")

    assert "STEPLINE_POTR is not a setting" in cli("doctor", *data).out


@pytest.mark.parametrize(
    ("written", "said"), [('port = "many"\nprot = 1\n', ["port in ", "prot in "]), ("port", ["The settings file "])]
)
def test_doctor_counts_settings_that_cannot_be_read_as_problems(
    cli: Cli, data: Data, written: str, said: list[str]
) -> None:
    file = data[1] / "stepline.toml"
    file.write_text(written)

    examined = cli("doctor", "--json", *data)

    assert (examined.code, examined.err) == (1, "")
    assert [(finding["part"], finding["state"]) for finding in examined.json] == [("Settings", "problem")] * len(said)
    for finding, beginning in zip(examined.json, said, strict=True):
        assert finding["message"].startswith(f"{beginning}{file}")
    assert "PROBLEM  Settings: " in cli("doctor", *data).out


def test_doctor_refuses_a_public_address_that_is_none(cli: Cli, data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPLINE_PUBLIC_URL", "stepline.example.com")

    assert cli("doctor", *data).code == 1


def test_doctor_sees_a_running_server(cli: Cli, data: Data) -> None:
    stepline = open_stepline(Settings.load(data_dir=data[1]))

    examined = cli("doctor", "--json", *data)

    stepline.close()
    assert {"part": "Server", "state": "ok", "message": "A server is running with this data.", "remedy": ""} in (
        examined.json
    )


def test_doctor_names_data_that_others_can_read(cli: Cli, data: Data) -> None:
    assert "Other users" not in cli("doctor", *data).out
    (data[1] / "stepline.db").chmod(0o644)
    assert "Other users" not in cli("doctor", *data).out  # the folder keeps them out

    data[1].chmod(0o755)
    examined = cli("doctor", *data).out

    assert "Other users of this machine can read stepline.db" in examined
    assert f"chmod 700 {data[1]}" in examined
