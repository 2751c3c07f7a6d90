"""Which fields the vendor takes in each body, and what it says about the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from web.sandbox.ghl.errors import unprocessable
from web.sandbox.replies import Record

Check = Callable[[str, Any], str | None]
"""Names the problem of a value, None when it is fine."""


def text(name: str, value: Any) -> str | None:
    return None if value is None or isinstance(value, str) else f"{name} must be a string"


def flag(name: str, value: Any) -> str | None:
    return None if isinstance(value, bool) else f"{name} must be a boolean value"


def number(name: str, value: Any) -> str | None:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return None if good else f"{name} must be a number conforming to the specified constraints"


def texts(name: str, value: Any) -> str | None:
    if not isinstance(value, list):
        return f"{name} must be an array"
    return None if all(isinstance(item, str) for item in value) else f"each value in {name} must be a string"


def mapping(name: str, value: Any) -> str | None:
    return None if isinstance(value, dict) else f"{name} must be an object"


def mappings(name: str, value: Any) -> str | None:
    if not isinstance(value, list):
        return f"{name} must be an array"
    return None if all(isinstance(item, dict) for item in value) else f"each value in {name} must be an object"


def anything(name: str, value: Any) -> str | None:
    return None


def email(name: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    local, at, domain = value.partition("@") if isinstance(value, str) else ("", "", "")
    good = local and at and "." in domain and not any(c.isspace() for c in value)
    return None if good else f"{name} must be an email"


def checked(body: Record, fields: Mapping[str, Check], required: tuple[str, ...] = ()) -> Record:
    """The body itself when the vendor would take it; raises Refused (422) with every problem otherwise."""
    problems = [f"property {name} should not exist" for name in body if name not in fields]
    for name in required:
        if body.get(name) in (None, ""):
            problems.append(f"{name} should not be empty")
    for name, value in body.items():
        check = fields.get(name)
        problem = check(name, value) if check and not (name in required and value in (None, "")) else None
        if problem:
            problems.append(problem)
    if problems:
        raise unprocessable(problems)
    return body


UPDATE_CONTACT: dict[str, Check] = {
    **dict.fromkeys(
        ("firstName", "lastName", "name", "phone", "address1", "city", "state", "postalCode", "website"), text
    ),
    **dict.fromkeys(("timezone", "source", "country", "assignedTo"), text),
    "email": email,
    "dnd": flag,
    "dndSettings": mapping,
    "inboundDndSettings": mapping,
    "tags": texts,
    "customFields": mappings,
    "dateOfBirth": anything,
}
CREATE_CONTACT: dict[str, Check] = UPDATE_CONTACT | dict.fromkeys(("locationId", "gender", "companyName"), text)
UPSERT_CONTACT: dict[str, Check] = CREATE_CONTACT | {"createNewIfDuplicateAllowed": flag}
SEARCH_CONTACTS: dict[str, Check] = {
    "locationId": text,
    "query": text,
    "page": number,
    "pageLimit": number,
    "searchAfter": anything,
    "filters": mappings,
    "sort": mappings,
}
TAGS: dict[str, Check] = {"tags": texts}
TASK: dict[str, Check] = {
    **dict.fromkeys(("title", "body", "dueDate", "assignedTo"), text),
    "completed": flag,
}
SEARCH_TASKS: dict[str, Check] = {
    "contactId": texts,
    "assignedTo": texts,
    "completed": flag,
    "query": text,
    "businessId": text,
    "limit": number,
    "skip": number,
}
COMPLETED: dict[str, Check] = {"completed": flag}
NOTE: dict[str, Check] = {**dict.fromkeys(("userId", "body", "title", "color"), text), "pinned": flag}
UPDATE_APPOINTMENT: dict[str, Check] = {
    **dict.fromkeys(("title", "meetingLocationType", "meetingLocationId", "appointmentStatus", "assignedUserId"), text),
    **dict.fromkeys(("description", "address", "rrule", "calendarId", "startTime", "endTime"), text),
    **dict.fromkeys(("overrideLocationConfig", "ignoreDateRange", "toNotify", "ignoreFreeSlotValidation"), flag),
}
CREATE_APPOINTMENT: dict[str, Check] = UPDATE_APPOINTMENT | dict.fromkeys(("locationId", "contactId"), text)
UPDATE_OPPORTUNITY: dict[str, Check] = {
    **dict.fromkeys(("pipelineId", "name", "pipelineStageId", "status", "assignedTo"), text),
    "monetaryValue": number,
    "customFields": mappings,
}
CREATE_OPPORTUNITY: dict[str, Check] = UPDATE_OPPORTUNITY | dict.fromkeys(("locationId", "contactId"), text)
CUSTOM_FIELD: dict[str, Check] = {
    **dict.fromkeys(("name", "dataType", "placeholder", "model"), text),
    **dict.fromkeys(("position", "maxNumberOfFiles"), number),
    "acceptedFormat": texts,
    "isMultipleFile": flag,
    "textBoxListOptions": anything,
}
NAMED: dict[str, Check] = {"name": text}
CUSTOM_VALUE: dict[str, Check] = {"name": text, "value": text}
APPOINTMENT_STATUSES = ("new", "confirmed", "cancelled", "showed", "noshow", "invalid")
OPPORTUNITY_STATUSES = ("open", "won", "lost", "abandoned")
