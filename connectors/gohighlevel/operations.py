"""The operations that need more than one request, send files, or call any address of the API."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from connectors._kit.context import Answer, Context
from connectors._kit.errors import UnusableValue
from connectors._kit.values import as_text

Row = dict[str, Any]
Input = Mapping[str, Any]
Part = tuple[str, str, str, bytes]
"""One part of a form: field, file name ("" for a plain value), content type, content."""


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
    made = _contact(await context.send("POST", "/contacts/", json={**input, "locationId": location}))
    return {**made, "created": True}


async def upload_media(input: Input, context: Context) -> Any:
    """Puts a file, or what lies at a web address, into the media storage."""
    values = {name: input.get(name) for name in ("name", "parentId", "fileUrl")}
    values["hosted"] = "true" if input.get("fileUrl") else "false"
    files = [_file("file", input["file"])] if input.get("file") else []
    return await _upload(context, "/medias/upload-file", values, files)


async def upload_attachments(input: Input, context: Context) -> Any:
    """Uploads files that a message of the conversation can then carry."""
    values = {
        "conversationId": input["conversationId"],
        "contactId": input["contactId"],
        "locationId": _location(context),
        "attachmentUrls": input.get("attachmentUrls"),
        "chatServiceSid": input.get("chatServiceSid"),
        "isGroupSms": input.get("isGroupSms"),
    }
    files = [_file("fileAttachment", file) for file in input.get("files", ())]
    return await _upload(context, "/conversations/messages/upload", values, files, version="2021-04-15")


async def upload_form_files(input: Input, context: Context) -> Any:
    """Puts files into file fields of a contact. The field of each part is named <custom field>_<any id>."""
    query = [("contactId", input["contactId"]), ("locationId", _location(context))]
    files = [_file(f"{file['fieldId']}_{index}", file) for index, file in enumerate(input["files"], start=1)]
    return await _upload(context, "/forms/upload-custom-files", {}, files, query)


async def upload_custom_field_files(input: Input, context: Context) -> Any:
    """Uploads files for a file field; the answer's addresses go into the field's value."""
    values = {"id": input["id"], "maxFiles": input.get("maxFiles")}
    path = f"/locations/{quote(_location(context), safe='')}/customFields/upload"
    return await _upload(context, path, values, [_file(file["name"], file) for file in input["files"]])


async def upload_social_posts(input: Input, context: Context) -> Any:
    """Uploads a table of social posts."""
    path = f"/social-media-posting/{quote(_location(context), safe='')}/csv"
    return await _upload(context, path, {}, [_file("file", input["file"])])


async def _upload(
    context: Context,
    path: str,
    values: Input,
    files: Iterable[Part],
    query: Iterable[tuple[str, str]] = (),
    version: str = "2021-07-28",
) -> Any:
    parts = [*_plain(values), *files]
    boundary = "stepline-" + blake2b(b"".join(part[3] for part in parts), digest_size=16).hexdigest()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Version": version}
    content = _form(parts, boundary.encode())
    answer = await context.send("POST", path, query=list(query), headers=headers, content=content)
    return answer.body


def _plain(values: Input) -> list[Part]:
    """Form parts of plain values: None is left out, a list repeats its field."""
    pairs = [
        (name, item)
        for name, value in values.items()
        for item in (value if isinstance(value, list) else [value])
        if item is not None
    ]
    return [(name, "", "", as_text(item).encode()) for name, item in pairs]


def _file(field: str, file: Input) -> Part:
    """{"name", "content", "encoding": text or base64, "type"} as a form part."""
    name = file["name"]
    kind = file.get("type") or mimetypes.guess_type(name)[0] or "application/octet-stream"
    if file.get("encoding") != "base64":
        return field, name, kind, file["content"].encode()
    try:
        return field, name, kind, base64.b64decode(file["content"], validate=True)
    except binascii.Error:
        raise UnusableValue(f"The content of {name} is not base64.") from None


def _form(parts: Iterable[Part], boundary: bytes) -> bytes:
    """The parts as multipart/form-data."""
    lines: list[bytes] = []
    for field, file_name, kind, content in parts:
        disposition = f'Content-Disposition: form-data; name="{_quoted(field)}"'
        if file_name:
            disposition += f'; filename="{_quoted(file_name)}"\r\nContent-Type: {_one_line(kind)}'
        lines += [b"--" + boundary, disposition.encode(), b"", content]
    return b"\r\n".join([*lines, b"--" + boundary + b"--", b""])


def _quoted(text: str) -> str:
    return _one_line(text).replace('"', "%22")


def _one_line(text: str) -> str:
    return text.replace("\r", "%0D").replace("\n", "%0A")


def _location(context: Context) -> str:
    values = context.credentials.values if context.credentials else {}
    return str(values.get("location_id", ""))


def _contact(answer: Answer) -> Row:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    return dict(body.get("contact") or {})
