"""The files under /static, addressed by the hash of their content.

Every address carries one hash over the whole tree (`/static/<hash>/css/app.css`), so browsers keep files for a
year, relative addresses inside CSS and ES modules stay valid, and a new release changes every address.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=60"
STYLES = (
    *("tokens", "base", "layout", "controls", "forms", "surfaces", "tables"),
    *("data", "charts", "bulk", "changes", "pages"),
)
EDITOR_STYLES = (
    *("frame", "bar", "canvas", "tiles", "wires", "tools", "panel", "fields", "pills"),
    *("rows", "combos", "floats", "picker", "history", "testing", "narrow"),
)


class StaticFiles:
    """All files of a folder, read once. `url(path)` is their address, `respond` answers requests for them."""

    def __init__(self, folder: Path) -> None:
        self._files = _read(folder)
        if "vendor/colors.css" not in self._files:
            raise RuntimeError("The browser files are missing. Run: python web/assets.py")
        self._files["css/app.css"] = _foundation(self._files) + _joined(self._files, "css", STYLES)
        self._files["css/editor.css"] = _joined(self._files, "css/editor", EDITOR_STYLES)
        self.version = _digest(self._files)

    def url(self, path: str) -> str:
        """Raises KeyError for a file that is not there, so that a typo fails in tests, not in browsers."""
        if path not in self._files:
            raise KeyError(f"web/static/{path} does not exist")
        return f"/static/{self.version}/{path}"

    async def respond(self, request: Request) -> Response:
        path = request.path_params["path"]
        content = self._files.get(path)
        if content is None:
            return PlainTextResponse("Not found", status_code=404)
        current = request.path_params["version"] == self.version
        headers = {"Cache-Control": FOREVER if current else BRIEFLY}
        return Response(content, media_type=_media_type(path), headers=headers)


def _read(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _foundation(files: Mapping[str, bytes]) -> bytes:
    """The order of the layers, and what others made; the reset is layered too, so that ours wins without tricks."""
    order = b"@layer reset, tokens, base, layout, components, utilities;\n"
    return order + b"@layer reset {\n" + files["vendor/normalize.css"] + b"\n}\n" + files["vendor/colors.css"] + b"\n"


def _joined(files: Mapping[str, bytes], folder: str, names: Sequence[str]) -> bytes:
    """One style sheet made of several, in this order."""
    return b"\n".join(files[f"{folder}/{name}.css"] for name in names)


def _digest(files: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for path, content in files.items():
        whole.update(path.encode() + b"\0" + content + b"\0")
    return whole.hexdigest()[:12]


def _media_type(path: str) -> str:
    known = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
    suffix = Path(path).suffix
    return known.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
