"""How commands find what a person names."""

from __future__ import annotations

from engine.accounts import User
from engine.assembly import Stepline
from engine.connections import ConnectionRecord
from engine.errors import NotFound, Refused
from engine.workflows import WorkflowRecord


def workflow_named(stepline: Stepline, wanted: str) -> WorkflowRecord:
    """By id or by name, upper or lower case. Raises NotFound, or Refused when the name is not enough."""
    records = stepline.workflows.list()
    found = [record for record in records if record.id == wanted]
    found = found or [record for record in records if record.name.casefold() == wanted.casefold()]
    if not found:
        names = ", ".join(f"“{record.name}”" for record in records) or "none yet"
        raise NotFound(f"There is no workflow “{wanted}”. There are: {names}.")
    if len(found) > 1:
        ids = ", ".join(record.id for record in found)
        raise Refused(f"Several workflows are called “{wanted}”. Use one of their ids: {ids}.")
    return found[0]


def connection_named(stepline: Stepline, wanted: str, connector: str) -> ConnectionRecord:
    """One of this connector, by id or by name. Raises NotFound, or Refused when the name is not enough."""
    records = stepline.connections.list(connector)
    found = [record for record in records if record.id == wanted]
    found = found or [record for record in records if record.name.casefold() == wanted.casefold()]
    if not found:
        names = ", ".join(f"“{record.name}”" for record in records) or "none yet"
        raise NotFound(f"There is no connection “{wanted}” for {connector}. There are: {names}.")
    if len(found) > 1:
        ids = ", ".join(record.id for record in found)
        raise Refused(f"Several connections are called “{wanted}”. Use one of their ids: {ids}.")
    return found[0]


def user_with_email(stepline: Stepline, email: str) -> User:
    """Raises NotFound."""
    user = stepline.accounts.get_user_by_email(email)
    if user is None:
        raise NotFound(f"There is no user with the e-mail address {email}. See: stepline users list")
    return user
