"""Forms with files, read back by a parser of another library."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from werkzeug.formparser import parse_form_data

from connectors._kit.errors import UnusableValue
from connectors._kit.multipart import Form, form_of


def read(form: Form) -> tuple[dict[str, list[str]], dict[str, tuple[str | None, str | None, bytes]]]:
    """Plain values and files, as a server reads them."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": form.content_type,
        "CONTENT_LENGTH": str(len(form.content)),
        "wsgi.input": BytesIO(form.content),
    }
    _, values, files = parse_form_data(environ)
    found = {}
    for name, file in files.items():
        found[name] = (file.filename, file.content_type, file.read())
        file.close()
    return values.to_dict(flat=False), found


def test_values_lists_and_groups_arrive_as_plain_fields() -> None:
    values, files = read(form_of({"title": "Schloß", "tags": ["a", "b"], "on": True, "size": {"w": 1}, "none": None}))

    assert values == {"title": ["Schloß"], "tags": ["a", "b"], "on": ["true"], "size": ['{"w":1}']}
    assert files == {}


def test_file_arrives_with_its_name_its_kind_and_its_bytes() -> None:
    form = form_of({"photo": {"name": "a.png", "content": "iVBORw0K", "encoding": "base64"}})

    assert read(form) == ({}, {"photo": ("a.png", "image/png", b"\x89PNG\r\n")})


def test_text_content_is_sent_as_it_is_with_the_kind_that_is_said() -> None:
    form = form_of({"table": {"name": "a.bin", "content": "x;y", "type": "text/csv"}})

    assert read(form)[1] == {"table": ("a.bin", "text/csv", b"x;y")}


def test_content_that_is_not_base64_is_named_by_its_file() -> None:
    with pytest.raises(UnusableValue, match="logo"):
        form_of({"photo": {"name": "logo.png", "content": "not base64!", "encoding": "base64"}})


def test_names_cannot_forge_another_field() -> None:
    forged = 'x"\r\n\r\nv\r\n--stepline\r\nContent-Disposition: form-data; name="admin'

    values, files = read(form_of({forged: "1", "file": {"name": forged, "content": "x", "type": "a\r\nb: c"}}))

    assert len(values) == 1
    assert "admin" not in values
    assert list(files) == ["file"]


def test_same_values_give_the_same_bytes() -> None:
    assert form_of({"a": "1"}) == form_of({"a": "1"})
