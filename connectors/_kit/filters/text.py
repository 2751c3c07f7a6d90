"""Filters for text."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import orjson

from connectors._kit.errors import UnusableValue
from connectors._kit.filters.base import Example, FilterGroup
from connectors._kit.values import as_text, shown

TEXT = FilterGroup("text")

_WORD_START = re.compile(r"(^|[\s\-])([^\W\d_])", re.UNICODE)


@TEXT.add(
    "Default",
    "Used when there is no value. Add true to replace an empty text as well.",
    Example("{{ contact.phone | default('none') }}", {"contact": {}}, "none"),
    takes_missing=True,
)
def default(value: Any, otherwise: Any = "", also_empty: bool = False) -> Any:
    return otherwise if value is None or (also_empty and not value) else value


@TEXT.add("Capitals", "Writes everything in capitals.", Example("{{ name | upper }}", {"name": "Ada"}, "ADA"))
def upper(value: Any) -> str:
    return as_text(value).upper()


@TEXT.add("Small letters", "Writes everything small.", Example("{{ name | lower }}", {"name": "Ada"}, "ada"))
def lower(value: Any) -> str:
    return as_text(value).lower()


@TEXT.add(
    "Title Case",
    "Writes the first letter of each word as a capital.",
    Example("{{ name | title }}", {"name": "ada king-noel"}, "Ada King-Noel"),
)
def title(value: Any) -> str:
    return _WORD_START.sub(lambda match: match[1] + match[2].upper(), as_text(value).lower())


@TEXT.add(
    "Capital first letter",
    "Writes the first letter as a capital, the rest as it is.",
    Example("{{ note | capitalize }}", {"note": "call Ada"}, "Call Ada"),
)
def capitalize(value: Any) -> str:
    text = as_text(value)
    return text[:1].upper() + text[1:]


@TEXT.add(
    "Trim",
    "Removes spaces and line ends at both ends.",
    Example("{{ name | trim }}", {"name": "  Ada \n"}, "Ada"),
)
def trim(value: Any) -> str:
    return as_text(value).strip()


@TEXT.add(
    "Replace",
    "Replaces every occurrence of one text by another.",
    Example("{{ phone | replace(' ', '') }}", {"phone": "555 01 02"}, "5550102"),
)
def replace(value: Any, old: Any, new: Any = "") -> str:
    return as_text(value).replace(as_text(old), as_text(new))


@TEXT.add(
    "Truncate",
    "Cuts a long text and puts an ellipsis (or another ending) behind it.",
    Example("{{ note | truncate(8) }}", {"note": "Call Ada back"}, "Call Ad…"),
)
def truncate(value: Any, length: int, ending: str = "…") -> str:
    text = as_text(value)
    return text if len(text) <= length else text[: max(length - len(ending), 0)].rstrip() + ending


@TEXT.add(
    "Slug",
    "Makes a short name for an address: small letters, digits and hyphens.",
    Example("{{ title | slug }}", {"title": "Été à Paris!"}, "ete-a-paris"),
)
def slug(value: Any) -> str:
    from anyascii import anyascii  # brings importlib.resources along, which nothing else needs at the start

    text = as_text(value).strip()
    made = re.sub(r"[^a-z0-9]+", "-", anyascii(text).lower()).strip("-")
    if text and not made:
        raise UnusableValue(f"{shown(value)} has no letters or digits to make an address of.")
    return made


@TEXT.add(
    "For a web address",
    "Encodes a text so that it can stand in a web address.",
    Example("{{ email | url_encode }}", {"email": "a+b@x.com"}, "a%2Bb%40x.com"),
)
def url_encode(value: Any) -> str:
    return quote(as_text(value), safe="")


@TEXT.add(
    "Domain of an e-mail",
    "The part of an e-mail address behind the @.",
    Example("{{ email | email_domain }}", {"email": "Ada@Example.com"}, "example.com"),
)
def email_domain(value: Any) -> str:
    name, at, domain = as_text(value).strip().rpartition("@")
    if not (name and at and domain):
        raise UnusableValue(f"{shown(value)} is not an e-mail address.")
    return domain.lower()


@TEXT.add(
    "Phone number",
    "Writes a phone number with its country code. Say the country (such as 'US') for numbers without one; "
    "style is e164, international or national.",
    Example("{{ phone | phone('US') }}", {"phone": "(415) 555-2671"}, "+14155552671"),
)
def phone(value: Any, country: str | None = None, style: str = "e164") -> str:
    import phonenumbers  # a quarter of a second of tables that few workflows need

    styles = {
        "e164": phonenumbers.PhoneNumberFormat.E164,
        "international": phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        "national": phonenumbers.PhoneNumberFormat.NATIONAL,
    }
    if style not in styles:
        raise UnusableValue(f"A phone number is written as e164, international or national, not {shown(style)}.")
    try:
        number = phonenumbers.parse(as_text(value), country.upper() if country else None)
    except phonenumbers.NumberParseException:
        hint = "" if country else " Numbers without + need a country, as in phone('US')."
        raise UnusableValue(f"{shown(value)} is not a phone number.{hint}") from None
    if not phonenumbers.is_possible_number(number):
        raise UnusableValue(f"{shown(value)} is not a possible phone number.")
    return str(phonenumbers.format_number(number, styles[style]))


@TEXT.add("As text", "Turns any value into text.", Example("{{ count | string }}", {"count": 5}, "5"))
def string(value: Any) -> str:
    return as_text(value)


@TEXT.add("As JSON", "Writes any value as JSON text.", Example("{{ tags | json }}", {"tags": ["a", "b"]}, '["a","b"]'))
def json(value: Any) -> str:
    return orjson.dumps(value).decode()


@TEXT.add("From JSON", "Reads JSON text into a value.", Example("{{ raw | from_json }}", {"raw": '{"a": 1}'}, {"a": 1}))
def from_json(value: Any) -> Any:
    return orjson.loads(as_text(value))


@TEXT.add(
    "Split",
    "Cuts a text into a list. Spaces around the pieces are removed, empty pieces dropped.",
    Example("{{ tags | split(',') }}", {"tags": "vip, new,"}, ["vip", "new"]),
)
def split(value: Any, separator: str = ",") -> list[str]:
    if isinstance(value, list):
        return value
    return [piece.strip() for piece in as_text(value).split(separator) if piece.strip()]
