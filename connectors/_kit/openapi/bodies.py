"""Request bodies: an object becomes fields beside the parameters, anything else one field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors._kit.openapi import names, samples
from connectors._kit.openapi.document import Document, Raw
from connectors._kit.openapi.inputs import Body, CannotBeSent, Inputs
from connectors._kit.openapi.report import Report
from connectors._kit.openapi.schemas import Schema, SchemaReader

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_FILE: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "File name", "minLength": 1},
        "content": {"type": "string", "title": "Content", "x-multiline": True},
        "encoding": {"type": "string", "title": "Content is", "enum": ["text", "base64"], "default": "text"},
        "type": {"type": "string", "title": "Content type", "description": "Left empty, the file name decides."},
    },
    "required": ["name", "content"],
}
"""What a form asks for in the place of a file; see multipart."""


class BodyReader:
    def __init__(self, document: Document, report: Report, schemas: SchemaReader) -> None:
        self._document = document
        self._report = report
        self._schemas = schemas

    def read(self, inputs: Inputs, body: Raw, place: str) -> None:
        """Adds the body's fields to the inputs. Raises CannotBeSent."""
        content = body.get("content")
        if not isinstance(content, Mapping) or not content:
            return
        media_type = _preferred(content)
        if media_type is None:
            raise CannotBeSent(f"It wants a body of the kind {', '.join(map(str, content))}, which cannot be sent.")
        media = self._document.resolve(content[media_type], f"{place}/content/{media_type}")
        spot = f"{place}/content/{media_type.replace('~', '~0').replace('/', '~1')}"
        schema = self._schemas.read(media.get("schema", {}), f"{spot}/schema", "input")
        example = samples.given(self._document, media, spot)
        encoding = {_FORM: "nested_form", _MULTIPART: "multipart"}.get(media_type, "json")
        if encoding == "multipart":
            self._form(inputs, schema, example, body)
        elif encoding == "json" and "json" not in media_type:
            self._text(inputs, media_type, schema, example, body)
        elif schema.get("properties"):
            self._fields(inputs, schema, example, encoding, body)
        else:
            self._whole(inputs, schema, example, encoding, body)
        if media_type not in ("application/json", _FORM, _MULTIPART) and not any(
            n.lower() == "content-type" for n in inputs.headers
        ):
            inputs.headers["Content-Type"] = media_type.partition(";")[0].strip()

    def _form(self, inputs: Inputs, schema: Schema, example: Any, body: Raw) -> None:
        fields = schema.get("properties")
        if not fields:
            text = "Names and values of the form. A file is a group of a name and a content."
            self._whole(inputs, {"type": "object", "description": text}, None, "multipart", body)
            return
        with_files = {name: _with_files(field) for name, field in fields.items()}
        self._fields(inputs, {**schema, "properties": with_files}, example, "multipart", body)

    def _fields(self, inputs: Inputs, schema: Schema, example: Any, encoding: str, body: Raw) -> None:
        values = example if isinstance(example, Mapping) else {}
        template: dict[str, Any] = {}
        same = True
        for name, field in schema["properties"].items():
            needed = name in schema.get("required", ())
            own = inputs.add(name, field, required=needed, example=values.get(name), prefix="body")
            template[name] = f"{{{{ input['{own}'] }}}}"
            same = same and own == name
        more = schema.get("additionalProperties")
        inputs.open_ended = same and bool(more)
        inputs.body = Body(None if same else template, encoding)

    def _whole(self, inputs: Inputs, schema: Schema, example: Any, encoding: str, body: Raw) -> None:
        field = {"title": "Body", "x-multiline": True, **schema}
        own = inputs.add("body", field, required=body.get("required") is True, example=example, prefix="request")
        inputs.body = Body(f"{{{{ input['{own}'] }}}}", encoding)

    def _text(self, inputs: Inputs, media_type: str, schema: Schema, example: Any, body: Raw) -> None:
        words = {key: schema[key] for key in ("description",) if key in schema}
        field = {"title": names.sentence(f"{media_type} text"), "type": "string", "x-multiline": True, **words}
        text = example if isinstance(example, str) else None
        own = inputs.add("body", field, required=body.get("required") is True, example=text, prefix="request")
        inputs.body = Body(f"{{{{ input['{own}'] }}}}")


def _with_files(field: Schema) -> Schema:
    """A field of a form, with a name and a content in the place of each file."""
    if field.get("format") == "binary":
        return {**_FILE, **{key: field[key] for key in ("title", "description") if key in field}}
    if isinstance(field.get("items"), Mapping):
        return {**field, "items": _with_files(field["items"])}
    return field


def _preferred(content: Mapping[str, Any]) -> str | None:
    """The kind of body that says most and can be sent."""
    bare = {str(kind): str(kind).partition(";")[0].strip().lower() for kind in content}
    wanted: tuple[Callable[[str], bool], ...] = (
        lambda kind: kind == "application/json",
        lambda kind: "json" in kind,
        lambda kind: kind == _FORM,
        lambda kind: kind == _MULTIPART,
        lambda kind: kind.startswith("text/") or "xml" in kind or "yaml" in kind,
        lambda kind: kind == "*/*",
    )
    for is_wanted in wanted:
        for kind, name in bare.items():
            if is_wanted(name):
                return kind
    return None
