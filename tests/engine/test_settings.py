"""Where settings come from and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.settings import Settings, unknown_variables


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", *Settings.model_fields):
        monkeypatch.delenv(f"STEPLINE_{name.upper()}", raising=False)


def test_every_setting_is_documented() -> None:
    undocumented = [name for name, field in Settings.model_fields.items() if not field.description]

    assert undocumented == []


def test_one_folder_holds_everything_by_default(tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path)

    assert settings.database_url == f"sqlite:///{tmp_path}/stepline.db"
    assert settings.key_file == tmp_path / "secret.keys"
    assert settings.public_url == "http://localhost:8000"
    assert not settings.secure


def test_environment_wins_over_the_file_and_the_command_line_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stepline.toml").write_text('port = 1\nhost = "10.0.0.1"\nlog_level = "debug"\n')
    monkeypatch.setenv("STEPLINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STEPLINE_PORT", "2")
    monkeypatch.setenv("STEPLINE_HOST", "10.0.0.2")

    settings = Settings.load(host="10.0.0.3", port=None)

    assert (settings.log_level, settings.port, settings.host) == ("debug", 2, "10.0.0.3")
    assert settings.public_url == "http://10.0.0.3:2"


def test_config_variable_names_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "elsewhere.toml"
    file.write_text('public_url = "https://stepline.example.com/"\n')
    monkeypatch.setenv("STEPLINE_CONFIG", str(file))

    settings = Settings.load(data_dir=tmp_path / "data")

    assert settings.public_url == "https://stepline.example.com"
    assert settings.secure


def test_missing_config_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPLINE_CONFIG", str(tmp_path / "none.toml"))

    with pytest.raises(Invalid, match=r"none\.toml"):
        Settings.load()


def test_lists_are_separated_by_commas_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stepline.toml").write_text('trusted_proxies = ["10.0.0.1", "10.0.0.2"]\n')
    monkeypatch.setenv("STEPLINE_EGRESS_ALLOW", "crm.local, 10.1.2.0/24")

    settings = Settings.load(data_dir=tmp_path)

    assert settings.egress_allow == ("crm.local", "10.1.2.0/24")
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")


def test_every_wrong_setting_is_reported_by_name(tmp_path: Path) -> None:
    (tmp_path / "stepline.toml").write_text('port = 70000\ncolour = "red"\nlog_level = "loud"\n')

    with pytest.raises(Invalid) as refused:
        Settings.load(data_dir=tmp_path, egress_allow="10.1.2.3/4")

    assert {problem.field for problem in refused.value.problems} == {
        "port",
        "colour",
        "log_level",
        "egress_allow",
    }


@pytest.mark.parametrize(
    "address",
    ["stepline.example.com", "ftp://stepline.example.com", "https://", "https://a.b:port", "https://a.b/stepline"],
)
def test_public_address_must_be_one_that_links_can_be_made_of(tmp_path: Path, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        Settings.load(data_dir=tmp_path, public_url=address)

    assert [problem.field for problem in refused.value.problems] == ["public_url"]


@pytest.mark.parametrize(
    ("address", "kept"),
    [("HTTPS://Stepline.Example.com/", "https://stepline.example.com"), ("http://[::1]:9000", "http://[::1]:9000")],
)
def test_public_address_is_kept_in_one_way(tmp_path: Path, address: str, kept: str) -> None:
    assert Settings.load(data_dir=tmp_path, public_url=address).public_url == kept


def test_wrong_setting_is_looked_for_where_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "stepline.toml"
    file.write_text('port = "many"\nlog_level = "info"\n')
    monkeypatch.setenv("STEPLINE_LOG_LEVEL", "loud")

    with pytest.raises(Invalid) as refused:
        Settings.load(data_dir=tmp_path, public_url="ftp://stepline.example.com")

    places = [problem.message.partition(":")[0] for problem in refused.value.problems]
    assert places == [f"port in {file}", "STEPLINE_LOG_LEVEL"]


def test_name_that_is_no_setting_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "stepline.toml").write_text("prot = 1")

    with pytest.raises(Invalid) as refused:
        Settings.load(data_dir=tmp_path)

    assert [problem.message for problem in refused.value.problems] == [
        f"prot in {tmp_path / 'stepline.toml'}: there is no such setting"
    ]


def test_broken_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stepline.toml").write_text("port 70")

    with pytest.raises(Invalid, match=r"stepline\.toml is not valid TOML"):
        Settings.load(data_dir=tmp_path)


def test_secrets_are_not_printed(tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path, secret_keys="hush", database_url="postgresql://a:hush@b/c")

    assert "hush" not in repr(settings)


def test_misspelt_variables_are_found() -> None:
    environ = {"STEPLINE_PORT": "1", "STEPLINE_PROT": "1", "STEPLINE_CONFIG": "x", "PATH": "y"}

    assert unknown_variables(environ) == ["STEPLINE_PROT"]
