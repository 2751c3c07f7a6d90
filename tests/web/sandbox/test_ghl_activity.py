from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.clock import SettableClock
from tests.web.sandbox.world import World
from web.sandbox import SANDBOX_GHL_CALENDAR, SANDBOX_GHL_LOCATION, SANDBOX_GHL_USER

ADA = "sandboxContactAda0001"
BEN = "sandboxContactBen0002"
TASK = {"title": "Call back", "dueDate": "2026-03-03T09:00:00Z", "completed": False}
BOOKING = {
    "locationId": SANDBOX_GHL_LOCATION,
    "calendarId": SANDBOX_GHL_CALENDAR,
    "contactId": BEN,
    "startTime": "2026-03-05T16:00:00+05:30",
}


async def test_task_lives_from_creation_to_deletion(world: World) -> None:
    created = await world.ghl("POST", f"/contacts/{BEN}/tasks", TASK)
    task = created.json()["task"]
    path = f"/contacts/{BEN}/tasks/{task['id']}"

    updated = await world.ghl("PUT", path, {"title": "Call soon"})
    completed = await world.ghl("PUT", f"{path}/completed", {"completed": True})
    listed = await world.ghl("GET", f"/contacts/{BEN}/tasks")
    deleted = await world.ghl("DELETE", path)
    gone = await world.ghl("GET", path)

    assert created.status_code == 201
    assert updated.json()["task"]["title"] == "Call soon"
    assert completed.json()["task"]["completed"] is True
    assert [entry["id"] for entry in listed.json()["tasks"]] == [task["id"]]
    assert deleted.json() == {"succeded": True}
    assert gone.status_code == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"title": "x", "completed": False}, "dueDate should not be empty"),
        ({"title": "x", "dueDate": "2026-03-03T09:00:00Z"}, "completed should not be empty"),
        (TASK | {"dueDate": "tomorrow"}, "dueDate must be a valid ISO 8601 date string"),
        (TASK | {"contactId": BEN}, "property contactId should not exist"),
    ],
)
async def test_incomplete_task_is_refused_with_422(world: World, body: dict[str, object], message: str) -> None:
    response = await world.ghl("POST", f"/contacts/{BEN}/tasks", body)

    assert response.status_code == 422
    assert response.json()["message"] == [message]


async def test_task_of_another_contact_is_not_found(world: World) -> None:
    task = (await world.ghl("GET", f"/contacts/{ADA}/tasks")).json()["tasks"][0]

    response = await world.ghl("GET", f"/contacts/{BEN}/tasks/{task['id']}")

    assert response.status_code == 404


async def test_note_lives_from_creation_to_deletion(world: World) -> None:
    created = await world.ghl("POST", f"/contacts/{BEN}/notes", {"body": "Met at the fair", "userId": SANDBOX_GHL_USER})
    path = f"/contacts/{BEN}/notes/{created.json()['note']['id']}"

    updated = await world.ghl("PUT", path, {"body": "Met at the spring fair"})
    listed = await world.ghl("GET", f"/contacts/{BEN}/notes")
    deleted = await world.ghl("DELETE", path)

    assert created.status_code == 201
    assert updated.json()["note"]["body"] == "Met at the spring fair"
    assert [note["body"] for note in listed.json()["notes"]] == ["Met at the spring fair"]
    assert deleted.json() == {"succeded": True}
    assert (await world.ghl("GET", path)).status_code == 404


async def test_note_without_a_body_is_refused_with_422(world: World) -> None:
    response = await world.ghl("POST", f"/contacts/{BEN}/notes", {"title": "Empty"})

    assert response.status_code == 422


async def test_appointment_takes_length_and_person_from_its_calendar(world: World) -> None:
    response = await world.ghl("POST", "/calendars/events/appointments", BOOKING, Version="2021-04-15")

    booked = response.json()
    assert response.status_code == 200
    assert booked["endTime"] == "2026-03-05T16:30:00+05:30"
    assert booked["assignedUserId"] == SANDBOX_GHL_USER
    assert booked["appointmentStatus"] == "confirmed"


async def test_appointment_is_seen_from_its_contact_and_its_calendar(world: World) -> None:
    booked = (await world.ghl("POST", "/calendars/events/appointments", BOOKING)).json()
    span = "startTime=1772668800000&endTime=1772755200000"

    of_contact = await world.ghl("GET", f"/contacts/{BEN}/appointments")
    of_calendar = await world.ghl(
        "GET", f"/calendars/events?locationId=sandbox-location&calendarId={SANDBOX_GHL_CALENDAR}&{span}"
    )

    assert [event["id"] for event in of_contact.json()["events"]] == [booked["id"]]
    assert booked["id"] in {event["id"] for event in of_calendar.json()["events"]}


async def test_appointment_can_be_moved_and_deleted(world: World) -> None:
    booked = (await world.ghl("POST", "/calendars/events/appointments", BOOKING)).json()
    path = f"/calendars/events/appointments/{booked['id']}"

    moved = await world.ghl("PUT", path, {"startTime": "2026-03-06T10:00:00Z", "appointmentStatus": "showed"})
    deleted = await world.ghl("DELETE", f"/calendars/events/{booked['id']}", {})

    assert moved.json()["endTime"] == "2026-03-06T10:30:00+00:00"
    assert moved.json()["appointmentStatus"] == "showed"
    assert (deleted.status_code, deleted.json()) == (201, {"succeeded": True})
    assert (await world.ghl("GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"contactId": "nobody"}, 400),
        ({"calendarId": "nowhere"}, 404),
        ({"startTime": "soon"}, 422),
        ({"startTime": None}, 422),
        ({"appointmentStatus": "maybe"}, 422),
    ],
)
async def test_impossible_appointment_is_refused(world: World, change: dict[str, object], status: int) -> None:
    response = await world.ghl("POST", "/calendars/events/appointments", BOOKING | change)

    assert response.status_code == status


async def test_events_of_no_calendar_person_or_group_are_refused_with_422(world: World) -> None:
    response = await world.ghl("GET", "/calendars/events?locationId=sandbox-location&startTime=1&endTime=2")

    assert response.status_code == 422


async def test_custom_field_can_be_created_and_then_set(world: World) -> None:
    created = await world.ghl(
        "POST", "/locations/sandbox-location/customFields", {"name": "Shoe size", "dataType": "NUMERICAL"}
    )
    field = created.json()["customField"]

    contact = await world.create_contact(
        email="lena@example.com", customFields=[{"key": "shoe_size", "field_value": 39}]
    )

    assert field["fieldKey"] == "contact.shoe_size"
    assert contact["customFields"] == [{"id": field["id"], "value": 39}]


async def test_opportunity_moves_through_its_pipeline(world: World) -> None:
    pipeline = (await world.ghl("GET", "/opportunities/pipelines?locationId=sandbox-location")).json()
    pipeline = pipeline["pipelines"][0]
    body = {
        "locationId": SANDBOX_GHL_LOCATION,
        "pipelineId": pipeline["id"],
        "name": "Website",
        "status": "open",
        "contactId": ADA,
        "monetaryValue": 1200,
    }

    created = (await world.ghl("POST", "/opportunities/", body)).json()["opportunity"]
    path = f"/opportunities/{created['id']}"
    moved = await world.ghl("PUT", path, {"pipelineStageId": pipeline["stages"][1]["id"]})
    await world.ghl("PUT", f"{path}/status", {"status": "won"})
    won = await world.ghl("GET", "/opportunities/search?location_id=sandbox-location&status=won")
    wrong = await world.ghl("PUT", path, {"pipelineStageId": "nowhere"})

    assert created["pipelineStageId"] == pipeline["stages"][0]["id"]
    assert moved.json()["opportunity"]["pipelineStageId"] == pipeline["stages"][1]["id"]
    assert [each["id"] for each in won.json()["opportunities"]] == [created["id"]]
    assert wrong.status_code == 422


async def test_opportunities_are_found_by_the_day_they_were_made(world: World, clock: SettableClock) -> None:
    ghl = world.sandbox.ghl
    ada, pipeline = ghl.contacts.get(ADA), ghl.pipelines[0]
    for name in ("Old", "New"):
        values = {"name": name, "status": "open", "contactId": ADA, "pipelineId": pipeline["id"]}
        ghl.opportunities.create(ada, pipeline, values)
        clock.forward(days=2)
    since = (clock() - timedelta(days=2)).strftime("%m-%d-%Y")
    path = "/opportunities/search?location_id=sandbox-location&date="

    found = (await world.ghl("GET", path + since)).json()["opportunities"]

    assert [each["name"] for each in found] == ["New"]
    assert (await world.ghl("GET", f"{path}2026-03-01")).status_code == 422


async def test_open_tasks_of_the_whole_location_are_found_page_by_page(world: World) -> None:
    ben = "sandboxContactBen0002"
    for number in range(3):
        body = {"title": f"Call {number}", "dueDate": "2026-03-03T09:00:00Z", "completed": number == 1}
        await world.ghl("POST", f"/contacts/{ben}/tasks", body)
    path = "/locations/sandbox-location/tasks/search"

    first = (await world.ghl("POST", path, {"completed": False, "limit": 2})).json()["tasks"]
    second = (await world.ghl("POST", path, {"completed": False, "limit": 2, "skip": 2})).json()["tasks"]

    assert [task["title"] for task in [*first, *second]] == ["Send the proposal", "Call 0", "Call 2"]
    assert "id" not in first[0] and first[0]["_id"]


async def test_form_submissions_are_found_by_form_and_day(world: World, clock: SettableClock) -> None:
    ghl = world.sandbox.ghl
    [form] = (await world.ghl("GET", "/forms/?locationId=sandbox-location")).json()["forms"]
    for name in (ADA, "sandboxContactBen0002"):
        ghl.forms.submit(form["id"], ghl.contacts.get(name))
        clock.forward(days=1)
    path = "/forms/submissions?locationId=sandbox-location"
    yesterday = (clock() - timedelta(days=1)).date().isoformat()

    every = (await world.ghl("GET", f"{path}&limit=1")).json()
    late = (await world.ghl("GET", f"{path}&startAt={yesterday}")).json()
    other = (await world.ghl("GET", f"{path}&formId=other")).json()

    assert (every["meta"]["total"], every["meta"]["nextPage"]) == (2, 2)
    assert [sent["email"] for sent in late["submissions"]] == ["ben.okafor@example.com"]
    assert other["submissions"] == []
