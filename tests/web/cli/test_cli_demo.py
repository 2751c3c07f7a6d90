"""What a demo leaves for the commands beside it."""

from __future__ import annotations

from pathlib import Path

from engine.settings import Settings
from web.cli.demo import keep_settings


def test_other_commands_may_reach_the_sandbox_of_the_last_demo(tmp_path: Path) -> None:
    keep_settings(tmp_path, "127.0.0.1:8001")
    keep_settings(tmp_path, "127.0.0.1:9001")

    assert Settings.load(data_dir=tmp_path).egress_allow == ("127.0.0.1:9001",)


def test_settings_file_of_somebodys_own_stays(tmp_path: Path) -> None:
    (tmp_path / "stepline.toml").write_text("port = 9000\n")

    keep_settings(tmp_path, "127.0.0.1:8001")

    assert (tmp_path / "stepline.toml").read_text() == "port = 9000\n"
