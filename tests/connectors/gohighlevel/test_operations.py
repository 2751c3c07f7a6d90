"""The operations of the GoHighLevel connector that are written in Python."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from io import BytesIO
from typing import Any, NamedTuple

import httpx
import pytest
from werkzeug.formparser import parse_form_data

from connectors._kit.caller import Caller
from connectors._kit.context import Result
from connectors._kit.errors import InputInvalid
from connectors._kit.registry import Registry
from tests.connectors.gohighlevel.contract import CONNECTOR, CREDENTIALS
from tests.support.clock import SettableClock


class File(NamedTuple):
    name: str | None
    type: str | None
    content: bytes


class Service:
    """Gives its answers in order and keeps the requests."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json=self._answers.pop(0) if self._answers else {})

    def form(self) -> tuple[dict[str, list[str]], dict[str, File]]:
        """Plain values and files of the last request, as a server reads them."""
        request = self.requests[-1]
        environ = {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": request.headers["content-type"],
            "CONTENT_LENGTH": str(len(request.content)),
            "wsgi.input": BytesIO(request.content),
        }
        _, values, files = parse_form_data(environ)
        given = {}
        for name, file in files.items():
            with closing(file):
                given[name] = File(file.filename, file.content_type, file.read())
        return values.to_dict(flat=False), given


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load([CONNECTOR])


async def run(
    registry: Registry, service: Service, name: str, input: dict[str, Any], *, dry_run: bool = False
) -> Result:
    async with httpx.AsyncClient(transport=httpx.MockTransport(service)) as http:
        caller = Caller(registry, http, SettableClock())
        operation = registry.operation(f"gohighlevel.{name}")
        return await caller.execute(operation, input, CREDENTIALS, idempotency_key="run/step", dry_run=dry_run)


ATTACH = {"conversationId": "talk", "contactId": "maya"}


async def test_content_given_as_base64_arrives_as_bytes(registry: Registry) -> None:
    service = Service()
    content = base64.b64encode(b"\x89PNG\r\n--\x00").decode()
    file = {"name": "logo.png", "content": content, "encoding": "base64"}

    await run(registry, service, "media.upload", {"file": file, "name": "Logo"})

    values, files = service.form()
    assert values == {"name": ["Logo"], "hosted": ["false"]}
    assert files == {"file": File("logo.png", "image/png", b"\x89PNG\r\n--\x00")}


async def test_content_that_is_not_base64_is_refused_before_anything_is_sent(registry: Registry) -> None:
    service = Service()

    with pytest.raises(InputInvalid, match=r"logo\.png"):
        file = {"name": "logo.png", "content": "not base64!", "encoding": "base64"}
        await run(registry, service, "media.upload", {"file": file})

    assert service.requests == []


async def test_a_file_name_cannot_forge_another_form_field(registry: Registry) -> None:
    service = Service()
    name = 'x"\r\n\r\nfree text\r\n--stepline\r\nContent-Disposition: form-data; name="locationId'

    await run(
        registry, service, "messages.upload_attachments", {**ATTACH, "files": [{"name": name, "content": "Hello"}]}
    )

    values, files = service.form()
    assert values["locationId"] == ["ve9EPM428h8vShlRW1KT"]
    assert list(files) == ["fileAttachment"]


async def test_several_values_repeat_their_field(registry: Registry) -> None:
    service = Service()
    addresses = ["https://example.com/a.pdf", "https://example.com/b.pdf"]

    await run(registry, service, "messages.upload_attachments", {**ATTACH, "attachmentUrls": addresses})

    assert service.form()[0]["attachmentUrls"] == addresses


async def test_each_file_goes_into_its_own_custom_field(registry: Registry) -> None:
    service = Service()
    files = [{"fieldId": "a", "name": "1.txt", "content": "one"}, {"fieldId": "b", "name": "2.txt", "content": "two"}]

    await run(registry, service, "forms.upload_files", {"contactId": "maya", "files": files})

    assert {name: file.content for name, file in service.form()[1].items()} == {"a_1": b"one", "b_2": b"two"}


async def test_a_new_contact_gets_custom_fields_in_the_vendors_form(registry: Registry) -> None:
    service = Service({"contact": None}, {"contact": {"id": "maya"}})
    given = {"email": "maya@example.com", "customFields": {"plan": "Gold", "styles": ["Modern", "Rustic"]}}

    await run(registry, service, "contacts.find_or_create", given)

    assert json.loads(service.requests[-1].content)["customFields"] == [
        {"id": "plan", "field_value": "Gold"},
        {"id": "styles", "field_value": ["Modern", "Rustic"]},
    ]


async def test_a_contact_that_is_there_is_not_changed(registry: Registry) -> None:
    service = Service({"contact": {"id": "maya"}})

    result = await run(registry, service, "contacts.find_or_create", {"phone": "+15550142207", "firstName": "Ada"})

    assert result.output == {"id": "maya", "created": False}
    assert [request.method for request in service.requests] == ["GET"]


async def test_dry_run_looks_the_contact_up_but_creates_none(registry: Registry) -> None:
    service = Service({"contact": None})

    result = await run(registry, service, "contacts.find_or_create", {"email": "ada@example.com"}, dry_run=True)

    assert result.simulated
    assert [request.method for request in service.requests] == ["GET"]
    assert [exchange.request["method"] for exchange in result.exchanges] == ["GET", "POST"]


async def test_any_call_keeps_to_the_apis_own_address(registry: Registry) -> None:
    service = Service()

    await run(registry, service, "api.call", {"method": "GET", "path": "/contacts/{location_id}/../x"})

    assert service.requests[0].url.host == "services.leadconnectorhq.com"
