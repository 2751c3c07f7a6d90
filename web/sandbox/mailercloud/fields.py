"""What a contact may hold, under the older and the newer names, and the paging of searches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from web.sandbox.mailercloud.errors import invalid
from web.sandbox.replies import Record

NEWER_NAMES = {"first_name": "name", "postal_code": "zip", "company_name": "organization"}
LONGEST = {
    "email": 200,
    "name": 25,
    "middle_name": 25,
    "last_name": 25,
    "phone": 25,
    "city": 100,
    "state": 100,
    "country": 50,
    "zip": 25,
    "organization": 150,
    "job_title": 100,
    "department": 100,
    "industry": 100,
    "lead_source": 50,
}
CONTACT_TYPES = ("active", "bounce", "abuse", "unsubscribe", "suppressed", "spam complaints")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def older_names(values: Mapping[str, Any]) -> Record:
    return {NEWER_NAMES.get(name, name): value for name, value in values.items()}


def is_email(value: Any) -> bool:
    return isinstance(value, str) and EMAIL.fullmatch(value) is not None


def check_contact(values: Record) -> None:
    """Raises Refused (400) for the first field the vendor would not take."""
    if "email" in values and not is_email(values["email"]):
        raise invalid("email", "Invalid email")
    for name, longest in LONGEST.items():
        value = values.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise invalid(name, f"{name} must be a string")
        if len(value) > longest:
            raise invalid(name, f"{name} must be a maximum of {longest} characters in length")
    if values.get("contact_type", "active") not in CONTACT_TYPES:
        raise invalid("contact_type", "Invalid contact type")
    if not isinstance(values.get("salary", 0), int | float):
        raise invalid("salary", "salary must be a number")


def check_custom_fields(values: Any, properties: Mapping[str, Record]) -> None:
    """Keys are property ids. Raises Refused (400)."""
    if not isinstance(values, dict):
        raise invalid("custom_fields", "custom_fields must be an object")
    for key, value in values.items():
        held = properties.get(key)
        if held is None or held["is_default"]:
            raise invalid("custom_fields", f"Invalid custom field {key}")
        kind = held["field_type"]
        if kind == "Number" and not isinstance(value, int | float):
            raise invalid("custom_fields", f"{held['field_name']} must be a number")
        if kind != "Number" and not isinstance(value, str):
            raise invalid("custom_fields", f"{held['field_name']} must be a text")
        if kind == "Date" and value and not DATE.fullmatch(value):
            raise invalid("custom_fields", f"{held['field_name']} must be a date (YYYY-MM-DD)")


def check_length(body: Record, name: str, least: int, most: int) -> str:
    """The trimmed text. Raises Refused (400)."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid(name, f"{name} is a required field")
    if not least <= len(value.strip()) <= most:
        raise invalid(name, f"{name} must be {least} to {most} characters in length")
    return value.strip()


def page_of(body: Record, rows: Iterable[Record]) -> list[Record]:
    """The asked page of the rows. Raises Refused (400) for a page or limit out of range."""
    page, limit = body.get("page", 1), body.get("limit")
    if not isinstance(page, int) or page < 1:
        raise invalid("page", "page must be 1 or greater")
    if not isinstance(limit, int) or not 10 <= limit <= 100:
        raise invalid("limit", "limit must be between 10 and 100")
    start = (page - 1) * limit
    if isinstance(rows, Sequence):
        return list(rows[start : start + limit])
    return list(islice(rows, start, start + limit))


def by_name(body: Record, rows: Iterable[Record], *, search: str, name: str) -> list[Record]:
    """Rows whose `name` contains the body's `search`, in the body's `sort_order` when it asks for one."""
    wanted = str(body.get(search) or "").lower()
    found = [row for row in rows if wanted in str(row[name]).lower()]
    if body.get("sort_field"):
        found.sort(key=lambda row: str(row[name]).lower(), reverse=body.get("sort_order") == "desc")
    return found
