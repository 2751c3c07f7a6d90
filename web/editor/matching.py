"""Suggests which data belongs into which field: by name, by what fields of that name usually mean, by type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

MEANINGS: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "emailaddress", "mail", "mailaddress", "toemail", "contactemail", "useremail"),
    "first_name": ("firstname", "givenname", "forename", "fname", "contactfirstname"),
    "last_name": ("lastname", "familyname", "surname", "lname", "contactlastname"),
    "name": ("name", "fullname", "contactname", "displayname", "toname"),
    "phone": ("phone", "phonenumber", "mobile", "mobilephone", "mobilenumber", "telephone", "cellphone"),
    "company": ("company", "companyname", "organization", "organisation", "organizationname", "businessname"),
    "business_id": ("businessid", "companyid", "accountid"),
    "contact_id": ("contactid", "personid", "subscriberid"),
    "city": ("city", "town", "locality"),
    "state": ("state", "region", "province", "county"),
    "country": ("country", "countrycode"),
    "zip": ("zip", "zipcode", "postalcode", "postcode"),
    "street": ("address1", "street", "streetaddress", "addressline1", "address"),
    "website": ("website", "url", "homepage", "site", "web"),
    "source": ("source", "leadsource"),
    "job": ("jobtitle", "position", "role"),
    "birthday": ("dateofbirth", "birthday", "birthdate", "dob"),
    "tags": ("tags", "labels"),
    "timezone": ("timezone", "tz"),
}
_MEANING_OF = {word: meaning for meaning, words in MEANINGS.items() for word in words}
TOO_VAGUE = frozenset(
    ("id", "type", "status", "value", "title", "description", "date", "data", "body", "text", "result")
)
"""Names that two unrelated things share too easily to be matched by name alone."""


@dataclass(frozen=True, slots=True)
class Datum:
    """A value that a step can use. `path`: names from the step's output down; `expression` without braces."""

    expression: str
    path: tuple[str, ...]
    type: str
    """As in preview.type_of."""
    optional: bool = False
    """It stands in a branch, so a run may not have it."""
    app: str = ""
    """Key of the connector that it comes from."""


def suggest(schema: Schema, data: Sequence[Datum], taken: Mapping[str, Any], app: str = "") -> dict[str, Any]:
    """Field name → value for the fields of an operation of `app` that `taken` leaves empty. Earlier data wins a tie."""
    required = frozenset(schema.get("required", ()))
    found: dict[str, Any] = {}
    for name, field in schema.get("properties", {}).items():
        if taken.get(name) not in (None, "", [], {}) or field.get("x-hidden"):
            continue
        usable = [datum for datum in data if datum.app == app] if _is_listed(field) else data
        best = max(((_score(name, field, datum), -rank, datum) for rank, datum in enumerate(usable)), default=None)
        if best is not None and best[0] > 0:
            found[name] = _value(best[2], name in required, field)
    return found


def _is_listed(field: Schema) -> bool:
    """Whether its values are things that the app keeps (a tag, a user): those of another app are unknown to it."""
    items = field.get("items")
    return "x-options" in field or (isinstance(items, Mapping) and "x-options" in items)


def custom_fields(schema: Schema) -> dict[str, Mapping[str, Any]]:
    """Fields that take any names and know where the app lists those names: field → its `x-options`."""
    properties: Mapping[str, Schema] = schema.get("properties", {})
    return {
        name: field["x-options"]
        for name, field in properties.items()
        if "x-options" in field and field.get("type") == "object" and not field.get("properties")
    }


def suggest_custom(
    choices: Sequence[Mapping[str, Any]], data: Sequence[Datum], taken: Mapping[str, Any]
) -> dict[str, Any]:
    """Value → data for custom fields: `choices` name each by label, as the app's own list does."""
    found: dict[str, Any] = {}
    for choice in choices:
        key = str(choice["value"])
        if taken.get(key) not in (None, ""):
            continue
        names = {_plain(str(choice["label"])), _plain(key)} - {""}
        hit = next((datum for datum in data if datum.path and _plain(datum.path[-1]) in names), None)
        if hit is not None and hit.type not in ("list", "group"):
            found[key] = _value(hit, False, {})
    return found


def _score(name: str, field: Schema, datum: Datum) -> int:
    """0 = no match. The exact name counts most, then what the name means; a fitting place breaks ties."""
    if not datum.path or not _fits(field, datum.type):
        return 0
    wanted, own = _plain(name), _plain(datum.path[-1])
    parent = _plain(datum.path[-2]) if len(datum.path) > 1 else ""
    vague = wanted in TOO_VAGUE
    if wanted == own and not vague:
        return 40 - len(datum.path)
    if parent and wanted == parent + own:
        return 36 - len(datum.path)
    meaning = _meaning(name, field)
    if meaning and meaning == (_MEANING_OF.get(own) or _MEANING_OF.get(parent + own)):
        return 30 - len(datum.path)
    return 0


def _meaning(name: str, field: Schema) -> str:
    found = _MEANING_OF.get(_plain(name)) or _MEANING_OF.get(_plain(str(field.get("title", ""))))
    if found:
        return found
    return {"email": "email", "phone": "phone"}.get(str(field.get("format", "")), "")


def _fits(field: Schema, type: str) -> bool:
    wanted = field.get("type", "string")
    kinds = [wanted] if isinstance(wanted, str) else list(wanted)
    if type == "empty":
        return not {"array", "object"} & set(kinds)
    if type == "list":
        return "array" in kinds
    if type == "group":
        return "object" in kinds
    return not ({"array", "object"} >= set(kinds)) and not (type == "text" and set(kinds) <= {"boolean"})


def _value(datum: Datum, required: bool, field: Schema) -> Any:
    """An optional field takes a missing value as nothing; a required one lets the run say that it is missing."""
    fallback = "" if required and not datum.optional else " | default([])" if datum.type == "list" else " | default('')"
    return f"{{{{ {datum.expression}{fallback} }}}}"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
