"""`pip install` of the wheel alone gives a working Stepline: built once, put into an empty environment, started."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import ROOT, environment, json_of, started
from web import __version__

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
FOR_THE_BUILD = {"web/assets.py", "web/package.json", "web/package-lock.json"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this checkout, whose browser files are there already, so that nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [*PIP, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, timeout=300)
    (built,) = folder.glob("stepline-*.whl")
    return built


@pytest.fixture(scope="module")
def stepline(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command as installed from the wheel. Its dependencies come from the environment of the tests, which is
    put behind the wheel's own files on the path; Stepline itself never does."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    command = [*PIP, "--python", str(folder / "bin" / "python"), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(command, check=True, timeout=120)
    # Only a line in a .pth file: the .pth files of that folder, which may lead to the checkout, are not read.
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "stepline"


def output(command: Path, *arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [command, *arguments], cwd=folder, env=environment(), capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


@pytest.fixture(scope="module")
def files(wheel: Path) -> Iterator[set[str]]:
    with zipfile.ZipFile(wheel) as archive:
        yield set(archive.namelist())


def test_wheel_holds_every_file_that_is_needed_to_run(files: set[str]) -> None:
    data = {
        path.relative_to(ROOT).as_posix()
        for package in ("connectors", "engine", "web", "recipes")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not {"node_modules", "readme"} & {*path.parts}
    }

    assert data - files == FOR_THE_BUILD


def test_wheel_holds_nothing_else(files: set[str]) -> None:
    folders = {path.split("/")[0] for path in files}

    assert folders == {"connectors", "engine", "web", "recipes", f"stepline-{__version__}.dist-info"}


def test_installed_command_runs_the_wheel_and_not_the_checkout(stepline: Path, tmp_path: Path) -> None:
    program = "import web, connectors; print(web.__file__, connectors.__file__)"

    found = output(stepline.with_name("python"), "-c", program, folder=tmp_path)

    assert str(stepline.parent.parent) in found
    assert str(ROOT) + os.sep not in found


def test_installed_command_says_its_version(stepline: Path, tmp_path: Path) -> None:
    assert output(stepline, "--version", folder=tmp_path) == f"Stepline {__version__}\n"


def test_installed_command_has_connectors_and_recipes(stepline: Path, tmp_path: Path) -> None:
    connectors = output(stepline, "connectors", "list", "--json", folder=tmp_path)
    recipes = output(stepline, "recipes", "list", "--json", folder=tmp_path)

    assert {"gohighlevel", "mailercloud"} <= set(re.findall(r'"key": "(\w+)"', connectors))
    assert recipes.count('"slug"') >= 7


def test_installed_server_answers_with_page_styles_and_icons(stepline: Path, tmp_path: Path) -> None:
    patterns = {"setup": r"^\s+(http://\S+/setup/\S+)$", "address": r"Address\s+(http://\S+)"}
    arguments = ["serve", "--port", "0", "--data-dir", str(tmp_path / "data")]

    with started(arguments, patterns, tmp_path / "serve.log", command=[str(stepline)], folder=tmp_path) as server:
        page = server.http.get(server.found["setup"])
        parts = re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text)

        assert page.status_code == 200
        assert any("vendor/htmx" in part for part in parts)
        assert {server.http.get(server.found["address"] + part).status_code for part in parts} == {200}
        assert json_of(server.http.get(f"{server.found['address']}/api/v1/openapi.json"))["openapi"] == "3.1.0"
        assert server.stop() == 0
