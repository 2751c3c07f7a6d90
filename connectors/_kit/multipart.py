"""Bodies of the kind multipart/form-data: plain values, and files.

A file is a group with `name` and `content`, and perhaps `encoding` ("text", which is the default, or "base64") and
`type` (the content type; left out, the name decides).
"""

from __future__ import annotations

import binascii
import mimetypes
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from connectors._kit.errors import UnusableValue
from connectors._kit.values import as_text


@dataclass(frozen=True, slots=True)
class Form:
    """A finished body."""

    content: bytes
    content_type: str


def form_of(values: Mapping[str, Any]) -> Form:
    """The values as a form: null is left out, a list repeats its field, other groups than files become JSON.

    The same values always give the same bytes. Raises UnusableValue for a file whose content is not what it says.
    """
    parts = [_part(name, item) for name, value in values.items() for item in _items(value)]
    boundary = b"stepline-" + blake2b(b"".join(parts), digest_size=16).hexdigest().encode()
    content = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"
    return Form(content, f"multipart/form-data; boundary={boundary.decode()}")


def _items(value: Any) -> Iterator[Any]:
    yield from (item for item in (value if isinstance(value, list | tuple) else [value]) if item is not None)


def _part(name: str, value: Any) -> bytes:
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if not _is_file(value):
        return f"{head}\r\n\r\n".encode() + as_text(value).encode()
    file_name = as_text(value["name"])
    kind = value.get("type") or mimetypes.guess_type(file_name)[0] or "application/octet-stream"
    head += f'; filename="{_quoted(file_name)}"\r\nContent-Type: {_one_line(as_text(kind))}'
    return f"{head}\r\n\r\n".encode() + _content(value)


def _is_file(value: Any) -> bool:
    return isinstance(value, Mapping) and "name" in value and "content" in value


def _content(file: Mapping[str, Any]) -> bytes:
    text = as_text(file["content"])
    if file.get("encoding") != "base64":
        return text.encode()
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise UnusableValue(f"The content of {file['name']} is not base64.") from None


def _quoted(text: str) -> str:
    return _one_line(text).replace('"', "%22")


def _one_line(text: str) -> str:
    return text.replace("\r", "%0D").replace("\n", "%0A")
