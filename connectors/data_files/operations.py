"""CSV tables and XML, read and written without surprises."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from connectors._kit.errors import UnusableValue
from connectors._kit.values import as_text

Input = Mapping[str, Any]
Output = dict[str, Any]

_SEPARATORS = (",", ";", "\t", "|")
_LARGEST_FIELD = 1024 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9][0-9 .,]*")
_DEEPEST = 100


def read_csv(input: Input) -> Output:
    text = input["text"].removeprefix("\ufeff")
    rows = _rows(text, _separator(input.get("separator") or "auto", text))
    if input.get("skip_empty", True):
        rows = [row for row in rows if any(value.strip() for value in row)]
    names = _names(rows.pop(0)) if input.get("has_header", True) and rows else []
    if not names:
        names = [f"column_{index + 1}" for index in range(max(map(len, rows), default=0))]
    found = [_named(row, names) for row in rows[: input.get("limit", 10_000)]]
    return {"rows": found, "columns": names, "count": len(found)}


def write_csv(input: Input) -> Output:
    rows = input["rows"]
    for index, row in enumerate(rows):
        if not isinstance(row, (Mapping, list)):
            raise UnusableValue(f"There are no fields in row {index + 1}.")
    columns = list(
        input.get("columns") or dict.fromkeys(key for row in rows if isinstance(row, Mapping) for key in row)
    )
    written = io.StringIO()
    separator = input.get("separator") or ","
    writer = csv.writer(written, delimiter="\t" if separator == "tab" else separator)
    if columns and input.get("header", True):
        writer.writerow(columns)
    for row in rows:
        values = [row.get(name) for name in columns] if isinstance(row, Mapping) else row
        writer.writerow([_field(value) for value in values])
    return {"text": written.getvalue(), "count": len(rows)}


def read_xml(input: Input) -> Output:
    text = input["text"].strip()
    if "<!DOCTYPE" in text[:10_000].upper() or "<!ENTITY" in text.upper():
        raise UnusableValue("XML with a DOCTYPE is not read: it can be made to fill the memory.")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  what makes XML dangerous was refused above
    except ElementTree.ParseError as error:
        line, column = error.position
        raise UnusableValue(f"This is not valid XML (line {line}, column {column + 1}).") from None
    bare = not input.get("keep_prefixes")
    content = _element(root, bare, 0)
    return {"result": content if isinstance(content, dict) else {"text": content}, "root": _name(root.tag, bare)}


def _separator(wanted: str, text: str) -> str:
    """The one that the first lines agree on."""
    if wanted != "auto":
        return "\t" if wanted == "tab" else wanted
    lines = [line for line in text.splitlines()[:20] if line.strip()] or [""]
    counted = {one: [line.count(one) for line in lines] for one in _SEPARATORS}
    return max(_SEPARATORS, key=lambda one: (min(counted[one]) > 0, counted[one][0]))


def _rows(text: str, separator: str) -> list[list[str]]:
    csv.field_size_limit(_LARGEST_FIELD)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            raise UnusableValue("The table cannot be read: a quotation in it never ends.") from None
        raise UnusableValue(f"The table cannot be read: {error}.") from None


def _names(row: Sequence[str]) -> list[str]:
    """The names of the columns, each once and none empty."""
    names: list[str] = []
    for index, value in enumerate(row):
        name = wanted = value.strip() or f"column_{index + 1}"
        number = 2
        while name in names:
            name, number = f"{wanted}_{number}", number + 1
        names.append(name)
    return names


def _named(row: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    missing = [""] * (len(names) - len(row))
    more = [f"column_{index + 1}" for index in range(len(names), len(row))]
    return dict(zip([*names, *more], [*row, *missing], strict=True))


def _field(value: Any) -> str:
    """A field as text; one that a spreadsheet would take for a formula gets a quotation mark in front."""
    text = "" if value is None else as_text(value)
    if isinstance(value, str) and text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _element(element: ElementTree.Element, bare: bool, depth: int) -> Any:
    """An element with nothing but text is that text."""
    if depth > _DEEPEST:
        raise UnusableValue("The XML is nested too deeply.")
    found: dict[str, Any] = {f"@{_name(name, bare)}": value for name, value in element.attrib.items()}
    for child in element:
        name, value = _name(child.tag, bare), _element(child, bare, depth + 1)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    text = (element.text or "").strip()
    if not found:
        return text
    return {**found, "text": text} if text else found


def _name(tag: Any, bare: bool) -> str:
    return str(tag).rpartition("}")[2] if bare else str(tag)
