"""The stand-in's answers against the vendor's own response schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS30Validator

from tests.web.sandbox.world import World
from web.sandbox import SANDBOX_GHL_CALENDAR

REFEREE = Path(__file__).parents[2] / "referee" / "gohighlevel"
ADA = "sandboxContactAda0001"
AT = {"locationId": "sandbox-location"}
TASK = {"title": "Call", "dueDate": "2026-03-03T09:00:00Z", "completed": False}
BOOKING = AT | {
    "calendarId": SANDBOX_GHL_CALENDAR,
    "contactId": ADA,
    "startTime": "2026-03-05T16:00:00Z",
    "title": "Intro",
}
PERSON = {
    "firstName": "Lena",
    "lastName": "Hart",
    "email": "lena@example.com",
    "tags": ["vip"],
    "dndSettings": {"Email": {"status": "active", "message": "by hand", "code": "1"}},
    "customFields": [{"id": "sandboxFieldPlan00001", "field_value": "Studio"}],
}
CALENDAR_EVENTS = (
    f"/calendars/events?locationId=sandbox-location&calendarId={SANDBOX_GHL_CALENDAR}&startTime=0&endTime=2000000000000"
)

# (file, method, path as the vendor describes it, path as it is called, body)
CALLS: list[tuple[str, str, str, str, Any]] = [
    ("contacts", "POST", "/contacts/", "/contacts/", AT | PERSON),
    ("contacts", "GET", "/contacts/", "/contacts/?locationId=sandbox-location", None),
    ("contacts", "GET", "/contacts/{contactId}", f"/contacts/{ADA}", None),
    ("contacts", "PUT", "/contacts/{contactId}", f"/contacts/{ADA}", {"city": "Bergen"}),
    ("contacts", "DELETE", "/contacts/{contactId}", f"/contacts/{ADA}", None),
    ("contacts", "POST", "/contacts/upsert", "/contacts/upsert", AT | PERSON),
    ("contacts", "POST", "/contacts/{contactId}/tags", f"/contacts/{ADA}/tags", {"tags": ["a"]}),
    ("contacts", "DELETE", "/contacts/{contactId}/tags", f"/contacts/{ADA}/tags", {"tags": ["a"]}),
    ("contacts", "GET", "/contacts/{contactId}/tasks", f"/contacts/{ADA}/tasks", None),
    ("contacts", "POST", "/contacts/{contactId}/tasks", f"/contacts/{ADA}/tasks", TASK),
    ("contacts", "GET", "/contacts/{contactId}/notes", f"/contacts/{ADA}/notes", None),
    ("contacts", "POST", "/contacts/{contactId}/notes", f"/contacts/{ADA}/notes", {"body": "Hello"}),
    ("contacts", "GET", "/contacts/{contactId}/appointments", f"/contacts/{ADA}/appointments", None),
    ("locations", "GET", "/locations/{locationId}", "/locations/sandbox-location", None),
    ("locations", "GET", "/locations/{locationId}/tags", "/locations/sandbox-location/tags", None),
    (
        "locations",
        "POST",
        "/locations/{locationId}/tags",
        "/locations/sandbox-location/tags",
        {"name": "fresh"},
    ),
    (
        "locations",
        "GET",
        "/locations/{locationId}/customFields",
        "/locations/sandbox-location/customFields",
        None,
    ),
    (
        "locations",
        "POST",
        "/locations/{locationId}/customFields",
        "/locations/sandbox-location/customFields",
        {"name": "Shoe size", "dataType": "TEXT"},
    ),
    ("users", "GET", "/users/", "/users/?locationId=sandbox-location", None),
    ("campaigns", "GET", "/campaigns/", "/campaigns/?locationId=sandbox-location", None),
    ("workflows", "GET", "/workflows/", "/workflows/?locationId=sandbox-location", None),
    ("calendars", "GET", "/calendars/", "/calendars/?locationId=sandbox-location", None),
    ("calendars", "GET", "/calendars/{calendarId}", f"/calendars/{SANDBOX_GHL_CALENDAR}", None),
    ("calendars", "GET", "/calendars/events", CALENDAR_EVENTS, None),
    (
        "calendars",
        "POST",
        "/calendars/events/appointments",
        "/calendars/events/appointments",
        BOOKING,
    ),
    (
        "opportunities",
        "POST",
        "/opportunities/",
        "/opportunities/",
        AT | {"pipelineId": "sandboxPipelineSales1", "name": "Site", "status": "open", "contactId": ADA},
    ),
    (
        "opportunities",
        "GET",
        "/opportunities/search",
        "/opportunities/search?location_id=sandbox-location",
        None,
    ),
    ("forms", "GET", "/forms/", "/forms/?locationId=sandbox-location", None),
    ("forms", "GET", "/forms/submissions", "/forms/submissions?locationId=sandbox-location", None),
]


def corrected(schema: Any) -> Any:
    """The vendor calls some texts objects (`{"type": "object", "example": "2023-09-25T16:00:00+05:30"}`)."""
    if isinstance(schema, list):
        return [corrected(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "object" and isinstance(schema.get("example"), str):
        return {"type": "string"}
    return {key: corrected(value) for key, value in schema.items()}


def validate(file: str, method: str, path: str, response: httpx.Response) -> None:
    described = json.loads((REFEREE / f"{file}.json").read_text())
    answers = described["paths"][path][method.lower()]["responses"]
    good = {status: answer for status, answer in answers.items() if status.startswith("2")}
    assert str(response.status_code) in good, f"{response.status_code} is none of {list(good)}"
    schema = good[str(response.status_code)]["content"]["application/json"]["schema"]
    validator = OAS30Validator(corrected(schema | {"components": described["components"]}))
    validator.validate(response.json())


@pytest.mark.parametrize(("file", "method", "path", "called", "body"), CALLS, ids=lambda value: str(value)[:60])
async def test_answer_fits_the_vendors_schema(
    world: World, file: str, method: str, path: str, called: str, body: Any
) -> None:
    response = await world.ghl(method, called, body)

    validate(file, method, path, response)


@pytest.mark.parametrize(
    ("noun", "change", "status"),
    [("tasks", {"title": "Later"}, 200), ("notes", {"body": "Later"}, 200)],
)
async def test_answers_about_one_task_or_note_fit_the_vendors_schemas(
    world: World, noun: str, change: dict[str, str], status: int
) -> None:
    record = (await world.ghl("GET", f"/contacts/{ADA}/{noun}")).json()[noun][0]
    path = "/contacts/{contactId}/tasks/{taskId}" if noun == "tasks" else "/contacts/{contactId}/notes/{id}"

    for method, body in (("GET", None), ("PUT", change), ("DELETE", None)):
        response = await world.ghl(method, f"/contacts/{ADA}/{noun}/{record['id']}", body)
        validate("contacts", method, path, response)
