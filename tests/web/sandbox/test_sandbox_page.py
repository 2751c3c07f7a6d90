from __future__ import annotations

import pytest

from tests.web.sandbox.world import World
from web.sandbox import SANDBOX_GHL_CALENDAR, SANDBOX_MAILERCLOUD_LIST

ADA = "sandboxContactAda0001"


async def submit(world: World, form: str, **fields: str) -> str:
    """Sends a form as a browser does, follows it back, and returns the page."""
    response = await world.http.post(f"/_sandbox/page/{form}", data=fields)
    assert response.status_code == 303, response.text
    return (await world.http.get(response.headers["location"])).text


async def test_page_shows_records_and_how_to_connect(world: World) -> None:
    page = await world.http.get("/")

    assert page.status_code == 200
    for expected in ("Ada Moreau", "dana.weiss@example.com", "sandbox-ghl-token", "sandbox-mailercloud-key"):
        assert expected in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_contact_added_by_hand_is_there_and_announced(world: World) -> None:
    world.listen("gohighlevel")

    page = await submit(world, "contact", firstName="Lena", email="lena@example.com", tags="vip, new lead")

    assert "Contact added to GoHighLevel." in page
    (payload,) = await world.delivered()
    assert (payload["type"], payload["tags"]) == ("ContactCreate", ["vip", "new lead"])


async def test_note_and_appointment_added_by_hand_are_announced(world: World) -> None:
    world.listen("gohighlevel")

    await submit(world, "note", contactId=ADA, body="Call back")
    await submit(
        world,
        "appointment",
        contactId=ADA,
        calendarId=SANDBOX_GHL_CALENDAR,
        title="Intro",
        startTime="2026-03-05T16:00",
    )

    note, appointment = await world.delivered()
    assert (note["type"], note["body"]) == ("NoteCreate", "Call back")
    assert appointment["type"] == "AppointmentCreate"
    assert appointment["appointment"]["startTime"] == "2026-03-05T16:00:00.000Z"


async def test_task_can_be_added_and_completed_by_hand(world: World) -> None:
    world.listen("gohighlevel")
    await submit(world, "task", contactId=ADA, title="Call back")
    task = world.sandbox.ghl.tasks.of(ADA)[-1]

    await submit(world, "complete", taskId=task["id"])

    assert [payload["type"] for payload in await world.delivered()] == ["TaskCreate", "TaskComplete"]


async def test_tag_and_mailercloud_contact_can_be_added_by_hand(world: World) -> None:
    await submit(world, "tag", contactId=ADA, tags="vip")
    await submit(world, "mailercloud", email="lena@example.com", list_id=SANDBOX_MAILERCLOUD_LIST)

    assert world.sandbox.ghl.contacts.get(ADA)["tags"] == ["customer", "vip"]
    assert world.sandbox.mailercloud.contacts.by_email("lena@example.com") is not None


@pytest.mark.parametrize(
    ("form", "fields", "message"),
    [
        ("contact", {"firstName": "Lena"}, "Give an e-mail address or a phone number."),
        ("contact", {"email": "nobody"}, "That is not an e-mail address."),
        ("contact", {"email": "ada.moreau@example.com"}, "does not allow duplicated contacts"),
        ("note", {"contactId": ADA, "body": " "}, "Write something in the note."),
        ("note", {"contactId": "nobody", "body": "x"}, "Contact with id nobody not found"),
        ("appointment", {"contactId": ADA, "startTime": "soon"}, "Choose when the appointment starts."),
        ("mailercloud", {"email": "nobody", "list_id": "sbWelc"}, "Invalid email"),
        ("hook", {"vendor": "gohighlevel", "url": "ftp://x"}, "Url must be an http or https address."),
        ("fault", {"vendor": "gohighlevel", "kind": "500", "count": "x"}, "Count and delay are whole numbers."),
        ("react", {"mail": "none"}, "That mail is not here any more."),
    ],
)
async def test_form_that_cannot_be_done_shows_why_with_status_422(
    world: World, form: str, fields: dict[str, str], message: str
) -> None:
    response = await world.http.post(f"/_sandbox/page/{form}", data=fields)

    assert response.status_code == 422
    assert message in response.text


async def test_refused_form_keeps_what_was_typed(world: World) -> None:
    response = await world.http.post("/_sandbox/page/contact", data={"firstName": "Lena <b>"})

    assert 'value="Lena &lt;b&gt;"' in response.text


async def test_names_are_shown_as_text_not_as_html(world: World) -> None:
    await world.create_contact(firstName="<script>alert(1)</script>", email="x@example.com")

    page = (await world.http.get("/")).text

    assert "<script>alert(1)" not in page


async def test_fault_switch_shows_and_clears(world: World) -> None:
    on = await submit(world, "fault", vendor="mailercloud", kind="500", count="3", ms="")
    off = await submit(world, "fault", vendor="mailercloud", kind="none")

    assert "Mailercloud is failing: server error (500), 3 more" in on
    assert "is failing" not in off


async def test_hook_can_be_added_and_removed_by_hand(world: World) -> None:
    added = await submit(world, "hook", vendor="gohighlevel", url="https://stepline.test/hooks/xyz")
    hook = world.sandbox.hooks.of("gohighlevel")[0]

    removed = await submit(world, "unhook", id=hook.id)

    assert "https://stepline.test/hooks/xyz" in added
    assert "https://stepline.test/hooks/xyz" not in removed


async def test_live_part_shows_requests_and_deliveries(world: World) -> None:
    world.listen("gohighlevel")
    world.receiver.answers.append(401)
    await world.create_contact(email="lena@example.com")
    await world.delivered()

    live = (await world.http.get("/_sandbox/live")).text

    assert "ContactCreate" in live
    assert "failed · 401" in live
    assert "/contacts/" in live
    assert "<html" not in live


async def test_start_over_resets_everything(world: World) -> None:
    await world.create_contact(email="lena@example.com")

    page = await submit(world, "reset")

    assert "lena@example.com" not in page


@pytest.mark.parametrize("file", ["sandbox.css", "sandbox.js"])
async def test_page_brings_its_own_files(world: World, file: str) -> None:
    response = await world.http.get(f"/_sandbox/static/{file}")

    assert response.status_code == 200
