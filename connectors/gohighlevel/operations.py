"""The operations that need more than one request, name parts of forms by their input, or call any address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from connectors._kit.context import Answer, Context
from connectors._kit.filters.lists import rows
from connectors._kit.values import as_text

Row = dict[str, Any]
Input = Mapping[str, Any]


async def call_api(input: Input, context: Context) -> Row:
    """{"status", "body"} of any request below the API's address; {location_id} stands for the connection's location."""
    location = _location(context)
    path = input["path"].replace("{location_id}", quote(location, safe=""))
    query = [
        (name, as_text(value).replace("{location_id}", location)) for name, value in input.get("query", {}).items()
    ]
    headers = {"Version": input["version"]} if input.get("version") else {}
    method, body = input["method"], input.get("body")
    answer = await context.send(method, path, query=query, headers=headers, json=body, reads=method == "GET")
    return {"status": answer.status, "body": answer.body}


async def find_or_create_contact(input: Input, context: Context) -> Row:
    """The contact with this e-mail address or phone number, made when there is none; `created` says which."""
    location = _location(context)
    known = {"locationId": location, "email": input.get("email"), "number": input.get("phone")}
    query = [(name, value) for name, value in known.items() if value]
    found = _contact(await context.send("GET", "/contacts/search/duplicate", query=query, reads=True))
    if found:
        return {**found, "created": False}
    body = {**input, "locationId": location}
    if "customFields" in input:
        body["customFields"] = rows(input["customFields"], "id", "field_value")
    made = _contact(await context.send("POST", "/contacts/", json=body))
    return {**made, "created": True}


async def upload_form_files(input: Input, context: Context) -> Any:
    """Puts files into file fields of a contact. The field of each part is named <custom field>_<any id>."""
    query = [("contactId", input["contactId"]), ("locationId", _location(context))]
    files = {f"{file['fieldId']}_{index}": file for index, file in enumerate(input["files"], start=1)}
    return (await context.send("POST", "/forms/upload-custom-files", query=query, form=files)).body


async def upload_custom_field_files(input: Input, context: Context) -> Any:
    """Uploads files for a file field; the answer's addresses go into the field's value."""
    form = {"id": input["id"], "maxFiles": input.get("maxFiles"), **{file["name"]: file for file in input["files"]}}
    path = f"/locations/{quote(_location(context), safe='')}/customFields/upload"
    return (await context.send("POST", path, form=form)).body


def _location(context: Context) -> str:
    values = context.credentials.values if context.credentials else {}
    return str(values.get("location_id", ""))


def _contact(answer: Answer) -> Row:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    return dict(body.get("contact") or {})
