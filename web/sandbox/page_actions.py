"""What the page's forms do. Each takes the form and returns the key of the notice to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from web.sandbox.faults import Fault, FaultInvalid
from web.sandbox.hooks import HookInvalid
from web.sandbox.mailercloud.mails import TITLES
from web.sandbox.replies import Record, Refused
from web.sandbox.state import Sandbox
from web.sandbox.times import iso, parse_moment

Form = Mapping[str, Any]


class ActionFailed(Exception):
    """The form cannot be carried out; the text is for the person who sent it."""


def add_contact(sandbox: Sandbox, form: Form) -> str:
    values = _filled(form, ("firstName", "lastName", "email", "phone"))
    if not values.get("email") and not values.get("phone"):
        raise ActionFailed("Give an e-mail address or a phone number.")
    _refuse_bad_email(values)
    tags = [tag for tag in _text(form, "tags").split(",") if tag.strip()]
    sandbox.ghl.contacts.create(values | {"tags": tags, "source": "sandbox page"})
    return "contact"


def add_note(sandbox: Sandbox, form: Form) -> str:
    contact = sandbox.ghl.contacts.get(_text(form, "contactId"))
    body = _text(form, "body")
    if not body:
        raise ActionFailed("Write something in the note.")
    sandbox.ghl.notes.create(contact["id"], {"body": body})
    return "note"


def add_appointment(sandbox: Sandbox, form: Form) -> str:
    start = parse_moment(_text(form, "startTime"))
    if start is None:
        raise ActionFailed("Choose when the appointment starts.")
    values = _filled(form, ("contactId", "calendarId", "title"))
    for name in ("contactId", "calendarId"):
        values.setdefault(name, "")
    sandbox.ghl.book_appointment(values | {"startTime": iso(start), "source": "booking_widget"})
    return "appointment"


def add_task(sandbox: Sandbox, form: Form) -> str:
    contact = sandbox.ghl.contacts.get(_text(form, "contactId"))
    title = _text(form, "title")
    if not title:
        raise ActionFailed("Give the task a title.")
    due = iso(sandbox.clock() + timedelta(days=1))
    sandbox.ghl.tasks.create(contact["id"], {"title": title, "dueDate": due, "completed": False})
    return "task"


def complete_task(sandbox: Sandbox, form: Form) -> str:
    task = sandbox.ghl.tasks.get(_text(form, "taskId"))
    sandbox.ghl.tasks.change(task, {"completed": True})
    return "completed"


def tag_contact(sandbox: Sandbox, form: Form) -> str:
    contact = sandbox.ghl.contacts.get(_text(form, "contactId"))
    sandbox.ghl.contacts.add_tags(contact, _text(form, "tags").split(","))
    return "tagged"


def add_mailercloud_contact(sandbox: Sandbox, form: Form) -> str:
    values = _filled(form, ("email", "name", "last_name", "list_id"))
    sandbox.mailercloud.contacts.create(values)
    return "mailercloud"


def react(sandbox: Sandbox, form: Form) -> str:
    mail, event = sandbox.mailercloud.mails.get(_text(form, "mail")), _text(form, "event")
    if mail is None or event not in TITLES or _text(form, "email") not in mail["to"]:
        raise ActionFailed("That mail is not here any more.")
    sandbox.mailercloud.mails.react(mail, event, _text(form, "email"))
    return "reacted"


def add_hook(sandbox: Sandbox, form: Form) -> str:
    sandbox.hooks.add(_text(form, "vendor"), _text(form, "url"), name="Added by hand")
    return "hook"


def remove_hook(sandbox: Sandbox, form: Form) -> str:
    sandbox.hooks.remove(_text(form, "id"))
    return "unhooked"


def set_fault(sandbox: Sandbox, form: Form) -> str:
    count = _text(form, "count")
    try:
        fault = Fault(_text(form, "kind"), int(count) if count else None, int(_text(form, "ms") or 2000))
    except ValueError as error:
        raise ActionFailed("Count and delay are whole numbers.") from error
    sandbox.faults.put(_text(form, "vendor"), fault)
    return "fault"


def reset(sandbox: Sandbox, form: Form) -> str:
    sandbox.reset()
    return "reset"


_PLAIN: dict[str, Callable[[Sandbox, Form], str]] = {
    "contact": add_contact,
    "note": add_note,
    "appointment": add_appointment,
    "task": add_task,
    "complete": complete_task,
    "tag": tag_contact,
    "mailercloud": add_mailercloud_contact,
    "react": react,
    "hook": add_hook,
    "unhook": remove_hook,
    "fault": set_fault,
    "reset": reset,
}
ACTIONS = tuple(_PLAIN)
NOTICES = {
    "contact": "Contact added to GoHighLevel.",
    "note": "Note added.",
    "appointment": "Appointment booked.",
    "task": "Task added.",
    "completed": "Task completed.",
    "tagged": "Tags added.",
    "mailercloud": "Contact added to Mailercloud.",
    "reacted": "Done; the mail event is on its way to the hooks.",
    "hook": "Hook registered.",
    "unhooked": "Hook removed.",
    "fault": "Fault switch set.",
    "reset": "Everything is back to the start. Hooks stayed.",
}


def act(sandbox: Sandbox, name: str, form: Form) -> str:
    """Carries out one of ACTIONS. Raises ActionFailed with the vendor's or the sandbox's reason."""
    try:
        return _PLAIN[name](sandbox, form)
    except Refused as refused:
        raise ActionFailed(_reason(refused.body)) from refused
    except (HookInvalid, FaultInvalid) as invalid:
        raise ActionFailed(f"{str(invalid)[:1].upper()}{str(invalid)[1:]}.") from invalid


def _reason(body: Any) -> str:
    """The text of a refusal, whichever vendor's shape it has."""
    if isinstance(body, dict):
        errors: Any = body.get("errors") or body.get("message")
        if isinstance(errors, list) and errors:
            return "; ".join(str(e.get("message", e)) if isinstance(e, dict) else str(e) for e in errors)
        return str(errors)
    return str(body)


def _refuse_bad_email(values: Record) -> None:
    local, _, domain = values.get("email", "a@b.c").partition("@")
    if not local or "." not in domain:
        raise ActionFailed("That is not an e-mail address.")


def _text(form: Form, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _filled(form: Form, names: tuple[str, ...]) -> Record:
    return {name: _text(form, name) for name in names if _text(form, name)}
