"""Forms made from JSON Schema: `fields` says what to draw, `read` turns what came back into values.

Names of inputs are JSON pointers without the leading slash (`input/address/city`), so a problem that a JSON
Schema check reports finds its field by pointer. With `expressions=True` every input also takes `{{ … }}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException
from starlette.datastructures import UploadFile
from starlette.requests import Request

from connectors._kit.labels import labels

JsonSchema = Mapping[str, Any]
Form = Mapping[str, Sequence[str]]
"""What a browser sent: texts by input name; an uploaded file is its text."""
FORMATS = {"email": "email", "uri": "url", "date": "date", "phone": "tel"}
KEPT = "Saved. Leave empty to keep it."


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `kind`: text email url date tel number secret multiline boolean select choices list json group."""

    name: str
    key: str
    title: str
    kind: str
    help: str = ""
    required: bool = False
    advanced: bool = False
    value: Any = ""
    problem: str = ""
    placeholder: str = ""
    options: tuple[tuple[str, str], ...] = ()
    children: tuple[Field, ...] = ()
    kept: bool = False
    """A stored secret: empty means that it stays."""
    changed: bool = False
    """The value is not the one that the schema proposes."""
    source: Mapping[str, Any] | None = None
    """`x-options` of the schema: the operation that lists the values."""


def fields(
    schema: JsonSchema,
    values: Mapping[str, Any],
    *,
    prefix: str = "",
    problems: Mapping[str, str] | None = None,
    expressions: bool = False,
    stored_secrets: bool = False,
) -> tuple[Field, ...]:
    """The inputs of an object schema, required ones first, in `x-order` where given.

    `problems` maps an input's name to what is wrong with it.
    """
    required = set(schema.get("required", ()))
    properties: Mapping[str, JsonSchema] = schema.get("properties", {})
    made = [
        _field(
            key,
            properties[key],
            values.get(key, ""),
            required=key in required,
            prefix=prefix,
            problems=problems or {},
            expressions=expressions,
            stored_secrets=stored_secrets,
        )
        for key in _order(schema, properties)
    ]
    return tuple(sorted(made, key=lambda field: (field.advanced, not field.required)))


def _order(schema: JsonSchema, properties: Mapping[str, JsonSchema]) -> list[str]:
    first = [key for key in schema.get("x-order", ()) if key in properties]
    rest = [key for key in properties if key not in first]
    return [key for key in first + rest if not properties[key].get("x-hidden")]


def _field(
    key: str,
    schema: JsonSchema,
    value: Any,
    *,
    required: bool,
    prefix: str,
    problems: Mapping[str, str],
    expressions: bool,
    stored_secrets: bool,
) -> Field:
    name = f"{prefix}/{key}" if prefix else key
    kind = _kind(schema, expressions)
    secret_kept = kind == "secret" and stored_secrets
    if value == "" and "default" in schema and not secret_kept:
        value = schema["default"]
    return Field(
        name=name,
        key=key,
        title=schema.get("title") or key.replace("_", " ").capitalize(),
        kind=kind,
        help=schema.get("description", ""),
        required=required and not secret_kept,
        advanced=bool(schema.get("x-advanced")),
        value="" if kind == "secret" else _shown(value, kind),
        problem=problems.get(name, ""),
        placeholder=KEPT if secret_kept else str(schema.get("x-placeholder", "")),
        options=_options(schema, value, kind),
        kept=secret_kept,
        changed=kind != "secret" and value not in ("", schema.get("default", "")),
        children=_children(schema, value, kind, name, problems, expressions, stored_secrets),
        source=schema.get("x-options"),
    )


def _children(
    schema: JsonSchema,
    value: Any,
    kind: str,
    name: str,
    problems: Mapping[str, str],
    expressions: bool,
    stored_secrets: bool,
) -> tuple[Field, ...]:
    if kind != "group":
        return ()
    inner = value if isinstance(value, Mapping) else {}
    return fields(schema, inner, prefix=name, problems=problems, expressions=expressions, stored_secrets=stored_secrets)


def _kind(schema: JsonSchema, expressions: bool) -> str:
    types = schema.get("type", "string")
    type_ = next((t for t in types if t != "null"), "string") if isinstance(types, list) else types
    if schema.get("x-secret"):
        return "secret"
    if type_ == "object":
        return "group" if schema.get("properties") else "json"
    if type_ == "array":
        return _array_kind(schema.get("items", {}), expressions)
    if type_ == "boolean":
        return "boolean"
    if schema.get("enum"):
        return "select"
    if type_ in ("integer", "number"):
        return "number"
    if schema.get("x-multiline"):
        return "multiline"
    return FORMATS.get(schema.get("format", ""), "text")


def _array_kind(items: Any, expressions: bool) -> str:
    inner = items if isinstance(items, Mapping) else {}
    if inner.get("enum") and not expressions:
        return "choices"
    return "list" if inner.get("type") in ("string", "integer", "number") else "json"


def _options(schema: JsonSchema, value: Any, kind: str) -> tuple[tuple[str, str], ...]:
    if kind == "boolean":
        found = [("true", "Yes"), ("false", "No")]
    elif kind == "choices":
        found = list(labels(schema["items"]).items())
    else:
        found = list(labels(schema).items())
    shown = _shown(value, kind)
    if kind in ("boolean", "select") and shown and shown not in [option for option, _ in found]:
        found.append((shown, shown))
    return tuple(found)


def _shown(value: Any, kind: str) -> Any:
    """The value as the input shows it: text, or a list of texts for `choices`."""
    if kind == "choices":
        return [str(item) for item in value] if isinstance(value, list) else []
    if kind == "group":
        return ""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind == "list" and isinstance(value, list) and all(not isinstance(v, dict | list) for v in value):
        return "\n".join(str(item) for item in value)
    if isinstance(value, dict | list):
        return json.dumps(value, indent=2, ensure_ascii=False)
    return str(value)


def read(schema: JsonSchema, form: Form, *, prefix: str = "") -> tuple[dict[str, Any], dict[str, str]]:
    """(values, problems by input name). What was left empty is left out; required-ness is the schema's affair."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in fields(schema, {}, prefix=prefix):
        if field.kind == "group":
            inner, wrong = read(schema["properties"][field.key], form, prefix=field.name)
            problems |= wrong
            if inner:
                values[field.key] = inner
            continue
        texts = [text for text in form.get(field.name, ()) if text.strip()]
        if not texts:
            continue
        try:
            values[field.key] = _value(texts, field.kind, schema["properties"][field.key])
        except ValueError as error:
            problems[field.name] = str(error)
    return values, problems


def _value(texts: Sequence[str], kind: str, schema: JsonSchema) -> Any:
    text = texts[-1] if kind in ("secret", "multiline", "json") else texts[-1].strip()
    if kind == "choices":
        return list(texts)
    if "{{" in text and kind not in ("list", "json"):
        return text
    if kind == "number":
        return _number(text, schema)
    if kind == "boolean":
        return text == "true"
    if kind == "list":
        return _lines(text, schema.get("items", {}))
    if kind == "json":
        return _json(text)
    if kind == "select":
        return next((choice for choice in schema["enum"] if str(choice) == text), text)
    return text


def _number(text: str, schema: JsonSchema) -> int | float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("Enter a number.") from None
    return int(number) if number.is_integer() and schema.get("type") != "number" else number


def _lines(text: str, items: JsonSchema) -> Any:
    text = text.strip()
    if text.startswith("{{") and text.endswith("}}") and "\n" not in text:
        return text
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if items.get("type") in ("integer", "number"):
        return [line if "{{" in line else _number(line, items) for line in lines]
    return lines


def _json(text: str) -> Any:
    """A text that is one expression stays text; anything else has to be JSON."""
    text = text.strip()
    if text.startswith("{{") and text.endswith("}}"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"This is not valid JSON: {error.msg} in line {error.lineno}.") from None


async def posted(request: Request) -> Form:
    """The form of a request. Files that are not text answer 422."""
    texts: dict[str, list[str]] = {}
    async with request.form() as form:
        for name, value in form.multi_items():
            texts.setdefault(name, []).append(await _text(value))
    return texts


Posted = Annotated[Form, Depends(posted)]


def first(form: Form, name: str, default: str = "") -> str:
    return next(iter(form.get(name, ())), default)


async def _text(value: UploadFile | str) -> str:
    if isinstance(value, str):
        return value
    try:
        return (await value.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HTTPException(422, f"The file “{value.filename}” is not a text file.") from None
