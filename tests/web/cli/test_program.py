from __future__ import annotations

import subprocess
import sys

import pytest

from tests.web.cli.conftest import Cli
from web import __version__
from web.cli.program import COMMANDS


def test_version_is_shown(cli: Cli) -> None:
    shown = cli("--version")

    assert (shown.code, shown.out.strip()) == (0, f"Stepline {__version__}")


def test_help_names_every_command(cli: Cli) -> None:
    shown = cli("--help")

    assert shown.code == 0
    assert [name for name in COMMANDS if f" {name} " not in shown.out] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(cli: Cli, command: str) -> None:
    shown = cli(command, "--help")

    assert shown.code == 0
    assert "Usage: stepline" in shown.out
    assert "Examples:" in shown.out or "Commands" in shown.out


def test_unknown_command_is_a_usage_error_and_names_a_similar_one(cli: Cli) -> None:
    refused = cli("recipe")

    assert refused.code == 2
    assert "recipes" in refused.err


def test_unknown_option_is_a_usage_error(cli: Cli) -> None:
    assert cli("connectors", "list", "--nope").code == 2


def test_known_mistake_is_said_in_plain_words_without_a_traceback(cli: Cli) -> None:
    refused = cli("connectors", "show", "nope")

    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "There is no connector “nope”.\n"


def test_light_commands_load_neither_the_database_nor_the_web_server() -> None:
    program = (
        "import sys\nfrom web.cli import main\n"
        "try: main(['connectors', 'list'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('sqlalchemy', 'fastapi', 'uvicorn') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_server_loads_at_its_start_nothing_that_only_one_page_needs() -> None:
    code = (
        "import sys, web.cli.serve\n"
        "print([name for name in ('yaml', 'connectors._kit.openapi', 'limits', 'jsonschema') if name in sys.modules])"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
