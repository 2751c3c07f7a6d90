"""`python -m tests.pictures`: every page and key dialog as a picture, in ./screenshots or the folder that is named.

With `--readme`, only the four of the README, small, into web/static/img/readme.
"""

from __future__ import annotations

import asyncio
import base64
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page

from engine.accounts import User
from engine.assembly import Stepline
from tests.pictures.scene import scene
from tests.pictures.shots import Shot, fresh_shots, shots, unclaimed_shots
from tests.pictures.studio import SCREENS, Screen, chromium, fresh, opened, served, unclaimed, visitor

ROOT = Path(__file__).parents[2]
README = ROOT / "web" / "static" / "img" / "readme"
CHOSEN = {"home": "light", "editor-step": "light", "run-waiting": "dark", "workflows": "light"}
TO_WEBP = """async ([png, quality]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""
LARGEST = 150_000


async def main(arguments: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="stepline-pictures-") as folder:
        async with chromium() as browser:
            if "--readme" in arguments:
                return await _readme(browser, Path(folder))
            target = _made(Path(next(iter(arguments), ROOT / "screenshots")))
            return await _everything(browser, Path(folder), target)


async def _everything(browser: Browser, data: Path, target: Path) -> int:
    failed = 0
    async with scene(data / "used", "http://localhost:8000") as made, served(made.stepline) as address:
        for name, screen in SCREENS.items():
            failed += await _take(browser, made.stepline, address, made.owner, name, screen, shots(made), target)
    async with fresh(data / "fresh") as (stepline, owner), served(stepline) as address:
        for name, screen in SCREENS.items():
            failed += await _take(browser, stepline, address, owner, name, screen, fresh_shots(), target)
    async with unclaimed(data / "unclaimed") as (stepline, link), served(stepline) as address:
        for name, screen in SCREENS.items():
            failed += await _take(browser, stepline, address, None, name, screen, unclaimed_shots(link), target)
    print(f"{_count(target)} pictures in {target}")
    return 1 if failed else 0


async def _take(
    browser: Browser,
    stepline: Stepline,
    address: str,
    owner: User | None,
    name: str,
    screen: Screen,
    wanted: Sequence[Shot],
    target: Path,
) -> int:
    """How many could not be taken."""
    failed = 0
    for signed_in in (True, False):
        async with visitor(browser, stepline, address, owner if signed_in else None, screen) as context:
            for shot in wanted:
                if shot.signed_in is signed_in:
                    failed += not await _taken(context, shot, screen, target / f"{shot.name}-{name}.png")
    return failed


async def _taken(context: BrowserContext, shot: Shot, screen: Screen, file: Path) -> bool:
    page = await context.new_page()
    try:
        await opened(page, shot)
        await _stretch(page, screen)
        await page.screenshot(path=file)
    except Exception as error:  # one page that cannot be shown must not hide the others
        print(f"{file.name}: {error}", file=sys.stderr)
        return False
    finally:
        await page.close()
    return True


async def _stretch(page: Page, screen: Screen) -> None:
    """As high as the page is, so that what is fixed to the bottom stands there."""
    height: int = await page.evaluate("document.documentElement.scrollHeight")
    if height > screen.height:
        await page.set_viewport_size({"width": screen.width, "height": min(height, 6000)})


async def _readme(browser: Browser, data: Path) -> int:
    README.mkdir(parents=True, exist_ok=True)
    async with scene(data / "used", "http://localhost:8000") as made, served(made.stepline) as address:
        known = {shot.name: shot for shot in shots(made)}
        for name, look in CHOSEN.items():
            screen = SCREENS[look]
            options = {"device_scale_factor": 1.5}
            async with visitor(browser, made.stepline, address, made.owner, screen, **options) as context:
                page = await context.new_page()
                await opened(page, known[name])
                picture = await page.screenshot()
                await _save(page, picture, README / f"{name}.webp")
    return 0


async def _save(page: Page, png: bytes, file: Path) -> None:
    """The best quality that is small enough."""
    for quality in (0.9, 0.8, 0.7, 0.6, 0.5):
        encoded: str = await page.evaluate(TO_WEBP, [base64.b64encode(png).decode(), quality])
        content = base64.b64decode(encoded)
        if len(content) <= LARGEST:
            break
    _write(file, content)
    print(f"{file.relative_to(ROOT)}: {len(content) // 1000} kB")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.glob("*.png"))


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
