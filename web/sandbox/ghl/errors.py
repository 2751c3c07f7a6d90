"""GoHighLevel's refusals, in the vendor's shapes."""

from __future__ import annotations

from uuid import uuid4

from web.sandbox.replies import Record, Refused

NAMES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


def body(status: int, message: str | list[str], **more: object) -> Record:
    return {"statusCode": status, "message": message, **more, "traceId": str(uuid4())}


def refused(status: int, message: str) -> Refused:
    name = NAMES.get(status)
    return Refused(status, body(status, message, **({"error": name} if name else {})))


def unauthorized(message: str) -> Refused:
    return Refused(401, body(401, message))


def wrong_location() -> Refused:
    return Refused(403, body(403, "The token does not have access to this location."))


def unprocessable(problems: list[str]) -> Refused:
    return Refused(422, body(422, problems, error="Unprocessable Entity"))


def duplicate(contact: Record, matching_field: str) -> Refused:
    meta = {
        "contactId": contact["id"],
        "contactName": contact.get("name") or contact.get("email"),
        "matchingField": matching_field,
    }
    return Refused(400, body(400, "This location does not allow duplicated contacts.", meta=meta))


def no_contact(contact_id: str) -> Refused:
    """The vendor answers 400, not 404, for a contact that is not there."""
    return refused(400, f"Contact with id {contact_id} not found")


def missing(noun: str, record_id: str) -> Refused:
    return refused(404, f"{noun} with id {record_id} not found")
