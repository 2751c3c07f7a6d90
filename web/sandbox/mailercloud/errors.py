"""Mailercloud's refusals: 400 with `errors`, 401 for the key and for list ids it does not know."""

from __future__ import annotations

from web.sandbox.replies import Refused


def invalid(field: str, message: str) -> Refused:
    return Refused(400, {"errors": [{"field": field, "message": message}]})


def unauthorized(message: str) -> Refused:
    return Refused(401, {"errors": [{"message": message}]})


def unknown_list() -> Refused:
    """The vendor answers 401, as for a bad key."""
    return Refused(401, {"errors": [{"field": "list_id", "message": "Invalid list id"}]})


def already_there(message: str) -> Refused:
    return Refused(400, {"message": message})


def batch_refused(message: str) -> Refused:
    return Refused(400, {"errors": {"message": message}})


def missing(noun: str) -> Refused:
    return Refused(404, {"errors": [{"message": f"{noun} not found"}]})
