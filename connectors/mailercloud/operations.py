"""The operations that need more than one request, or rename the fields of many contacts at once.

Mailercloud knows three fields of a contact by two names each; RENAMED is the one table of them. The JSON operations
write the same pairs out, because a template has no loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from connectors._kit.context import Answer, Context
from connectors._kit.errors import OperationFailed, UnusableValue
from connectors._kit.paging import as_list
from connectors._kit.values import as_text

PAGE_SIZE = 100
MOST_PAGES = 50
RENAMED = {
    "first_name": {"older": "name", "newer": "first_name"},
    "zip": {"older": "zip", "newer": "postal_code"},
    "organization": {"older": "organization", "newer": "company_name"},
}

Row = dict[str, Any]
Input = Mapping[str, Any]


async def search_contacts(input: Input, context: Context) -> Row:
    """One page of a list: {"contacts": [...], "total": how many the list has}."""
    body = {"page": input.get("page", 1), "limit": input.get("limit", PAGE_SIZE), "search": input.get("search", "")}
    answer = await _read(context, _path("contact/search", input["list_id"]), body)
    rows = [_our_names(row) for row in _rows(answer)]
    return {"contacts": rows, "total": _part(answer, "contact_count", len(rows))}


async def find_contact_by_email(input: Input, context: Context) -> Row | None:
    """The contact with this address, whatever its capitals; None when the list has none."""
    path = _path("contact/search", input["list_id"])
    wanted = str(input["email"]).casefold()
    for page in range(1, MOST_PAGES + 1):
        body = {"page": page, "limit": PAGE_SIZE, "search": input["email"]}
        rows = _rows(await _read(context, path, body))
        for row in rows:
            if str(row.get("email", "")).casefold() == wanted:
                return _our_names(row)
        if len(rows) < PAGE_SIZE:
            break
    return None


async def upsert_contacts(input: Input, context: Context) -> Any:
    """Adds or updates up to 50 contacts; Mailercloud's counts."""
    contacts = [_their_names(contact, context) for contact in input["contacts"]]
    body = {"list_id": input["list_id"], "contacts": contacts}
    answer = await context.send("POST", "/contacts/batch", json=body)
    return _part(answer, "data", {})


async def set_property(input: Input, context: Context) -> Any:
    """Writes one custom field, whose id is the body's key; Mailercloud's answer."""
    body = {"custom_fields": {input["property_id"]: input["value"]}}
    return (await context.send("PUT", _path("contacts", input["contact"]), json=body)).body


async def call_api(input: Input, context: Context) -> Row:
    """{"status", "body"} of any request below the API's address. Addresses elsewhere would be given the key."""
    query = [(str(name), as_text(value)) for name, value in input.get("query", {}).items()]
    method, path = input["method"], input["path"]
    answer = await context.send(method, path, query=query, json=input.get("body"), reads=method == "GET")
    return {"status": answer.status, "body": answer.body}


async def find_or_create_tag(input: Input, context: Context) -> Row:
    """{"id", "name", "created"} of the tag with this name."""
    return await _tag(str(input["name"]).strip(), context)


async def tag_contact(input: Input, context: Context) -> Row:
    """Makes the tags that are missing, then puts all of them on the contact."""
    names = dict.fromkeys(str(name).strip() for name in input["tags"])
    tags = [await _tag(name, context) for name in names]
    carried = [tag["name"] for tag in tags]
    await context.send("PUT", _path("contacts", input["contact"]), json={"tags": carried})
    return {"tags": carried, "created": [tag["name"] for tag in tags if tag["created"]]}


async def _tag(name: str, context: Context) -> Row:
    """The tag's id and name, and whether it is new."""
    found = await _find_tag(name, context)
    if found is not None:
        return found
    try:
        answer = await context.send("POST", "/tags", json={"name": name})
    except OperationFailed:
        found = await _find_tag(name, context)  # another run may have made it in between
        if found is None:
            raise
        return found
    return {"id": _part(answer, "id", None), "name": name, "created": True}


async def _find_tag(name: str, context: Context) -> Row | None:
    """An existing tag keeps its capitals: a contact must carry it exactly so."""
    for row in _rows(await _read(context, "/tags/search", {"page": 1, "limit": PAGE_SIZE, "search": name})):
        if str(row.get("tag_name", "")).casefold() == name.casefold():
            return {"id": row.get("id"), "name": row["tag_name"], "created": False}
    return None


def _path(place: str, id: str) -> str:
    """Below `place`, the one with this id or e-mail address."""
    if id in (".", ".."):  # in a web address these lead to other places
        raise UnusableValue(f"“{id}” is not an ID.")
    return f"/{place}/{quote(id, safe='')}"


async def _read(context: Context, path: str, body: Row) -> Answer:
    """Mailercloud's searches are POST requests that change nothing."""
    return await context.send("POST", path, json=body, reads=True)


def _rows(answer: Answer) -> list[Row]:
    return [row for row in as_list(_part(answer, "data", [])) if isinstance(row, dict)]


def _part(answer: Answer, name: str, otherwise: Any) -> Any:
    return answer.body.get(name, otherwise) if isinstance(answer.body, dict) else otherwise


def _our_names(row: Row) -> Row:
    theirs = {their: ours for ours, names in RENAMED.items() for their in names.values()}
    return {theirs.get(name, name): value for name, value in row.items()}


def _their_names(contact: Input, context: Context) -> Row:
    chosen = str((context.credentials.values if context.credentials else {}).get("field_names") or "older")
    return {RENAMED.get(name, {}).get(chosen, name): value for name, value in contact.items()}
