"""Files under /static: addresses by content, caching, and what the build has to deliver."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.web.conftest import Browser
from web.app import STATIC
from web.static_files import StaticFiles
from web.templating import FOLDER

WEB = STATIC.parent


@pytest.fixture(scope="module")
def statics() -> StaticFiles:
    return StaticFiles(STATIC)


async def test_current_address_is_kept_for_a_year_and_a_stale_one_briefly(
    stranger: Browser, statics: StaticFiles
) -> None:
    current = await stranger.get(statics.url("css/app.css"))
    assert current.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert current.headers["content-type"].startswith("text/css")
    stale = await stranger.get("/static/0123/css/app.css")
    assert stale.headers["cache-control"] == "public, max-age=60"
    assert stale.content == current.content


@pytest.mark.parametrize("path", ["%2e%2e/app.py", "vendor/.stamp", "css/none.css"])
async def test_nothing_but_the_listed_files_is_served(stranger: Browser, path: str) -> None:
    assert (await stranger.get(f"/static/x/{path}")).status_code == 404


async def test_text_is_compressed(stranger: Browser, statics: StaticFiles) -> None:
    sheet = await stranger.get(statics.url("css/app.css"), **{"accept-encoding": "gzip"})
    assert sheet.headers["content-encoding"] == "gzip"


def test_misspelt_asset_is_an_error(statics: StaticFiles) -> None:
    with pytest.raises(KeyError, match=r"web/static/css/ap\.css does not exist"):
        statics.url("css/ap.css")


def test_missing_browser_files_are_reported_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"python web/assets\.py"):
        StaticFiles(tmp_path)


def test_every_file_that_the_style_sheet_names_is_there(statics: StaticFiles) -> None:
    sheets = "".join(path.read_text() for path in (STATIC / "css").glob("*.css"))
    for name in re.findall(r'url\("\.\./([^"]+)"\)', sheets):
        statics.url(name)


def test_every_icon_that_templates_and_code_name_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "vendor" / "icons.svg").read_text()))
    declared = json.loads((WEB / "package.json").read_text())["browserFiles"]["icons"]
    assert sprite == set(declared)
    templates = "".join(path.read_text() for path in FOLDER.rglob("*.html"))
    used = set(re.findall(r'icon\("([a-z0-9-]+)"', templates))
    used |= set(re.findall(r'(?:empty|glyph|menu)\("([a-z0-9-]+)"', templates)) & sprite
    scripts = "".join(path.read_text() for path in (STATIC / "js").rglob("*.js"))
    used |= set(re.findall(r'(?:icon\(|glyph: )"([a-z0-9-]+)"', scripts))
    assert used <= sprite


def test_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (WEB / "package-lock.json").read_text()


def test_colours_follow_the_colour_scheme() -> None:
    colours = (STATIC / "vendor" / "colors.css").read_text()
    assert "--slate-12: light-dark(#1c2024, #edeef0);" in colours
    assert colours.count("light-dark(") == 10 * 24
