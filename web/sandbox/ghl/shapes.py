"""How a stored contact looks in each of the vendor's answers. Unset fields are left out."""

from __future__ import annotations

from collections.abc import Iterable

from web.sandbox.replies import Record

PLAIN = (
    "id",
    "locationId",
    "firstName",
    "lastName",
    "email",
    "phone",
    "companyName",
    "address1",
    "city",
    "state",
    "country",
    "postalCode",
    "website",
    "source",
    "type",
    "assignedTo",
    "dateOfBirth",
    "dateAdded",
    "dateUpdated",
    "dnd",
    "dndSettings",
    "tags",
    "customFields",
    "businessId",
)


def one(contact: Record) -> Record:
    """`GET /contacts/{id}`, update and upsert."""
    return _pick(contact, (*PLAIN, "name", "timezone", "gender", "inboundDndSettings")) | _lower_case(contact)


def created(contact: Record) -> Record:
    """`POST /contacts/`."""
    return _pick(contact, PLAIN) | _lower_case(contact) | {"deleted": False}


def row(contact: Record) -> Record:
    """A row of `GET /contacts/`."""
    return _pick(contact, (*PLAIN, "timezone")) | {
        "contactName": contact.get("name"),
        "attributions": [],
        "followers": [],
    }


def found(contact: Record, cursor: list[object]) -> Record:
    """A row of `POST /contacts/search`; `cursor` is the `searchAfter` of the page after it."""
    return _pick(contact, (*PLAIN, "timezone")) | {
        "firstNameLowerCase": (contact.get("firstName") or "").lower(),
        "lastNameLowerCase": (contact.get("lastName") or "").lower(),
        "additionalEmails": [],
        "additionalPhones": [],
        "followers": [],
        "searchAfter": cursor,
    }


def event(kind: str, contact: Record) -> Record:
    """The body of a contact webhook."""
    names = (
        *("locationId", "id", "address1", "city", "state", "companyName", "country", "source"),
        *("dateAdded", "dateOfBirth", "dnd", "email", "name", "firstName", "lastName", "phone"),
        *("postalCode", "tags", "website", "assignedTo", "customFields"),
    )
    payload: Record = {"type": kind} | _pick(contact, names) | {"attachments": []}
    if kind == "ContactDndUpdate":
        payload |= _pick(contact, ("dndSettings",))
    return payload


def _pick(contact: Record, names: Iterable[str]) -> Record:
    return {name: contact[name] for name in names if contact.get(name) is not None}


def _lower_case(contact: Record) -> Record:
    lower = {
        "emailLowerCase": contact.get("email"),
        "firstNameLowerCase": contact.get("firstName"),
        "lastNameLowerCase": contact.get("lastName"),
        "fullNameLowerCase": contact.get("name"),
    }
    return {name: value.lower() for name, value in lower.items() if value}
