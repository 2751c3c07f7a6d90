"""The gallery of styles at /_styles: every component with made-up data. Only in development."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.clock import system_clock
from web import forms, statuses
from web.deps import Visitor
from web.flash import Flash
from web.htmx import redirect, render

router = APIRouter()

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["email", "list", "token"],
    "properties": {
        "email": {"type": "string", "format": "email", "title": "E-mail", "description": "The contact's address."},
        "list": {"type": "string", "title": "List", "enum": ["Newsletter", "Customers"]},
        "count": {"type": "integer", "title": "How many", "x-placeholder": "10"},
        "token": {"type": "string", "title": "Private token", "x-secret": True},
        "notify": {"type": "boolean", "title": "Notify the owner"},
        "body": {"type": "string", "title": "Message", "x-multiline": True},
        "days": {"type": "array", "title": "Days", "items": {"type": "string", "enum": ["Mon", "Tue", "Wed"]}},
        "address": {
            "type": "object",
            "title": "Address",
            "properties": {"city": {"type": "string"}, "country": {"type": "string"}},
        },
        "tags": {"type": "array", "items": {"type": "string"}, "x-advanced": True},
        "custom": {"type": "object", "title": "Custom fields", "x-advanced": True},
    },
}
PAYLOAD: dict[str, Any] = {
    "type": "ContactCreate",
    "contact": {
        "id": "ocQHyuzHvysMo5N5VsXc",
        "firstName": "Anna",
        "email": "anna@example.com",
        "score": 42.5,
        "dnd": False,
        "company": None,
        "tags": ["vip", "<script>alert(1)</script>"],
        "customFields": [],
    },
}


@router.get("/_styles")
def show_styles(request: Request, user: Visitor) -> Response:
    values = {"email": "anna@example", "days": ["Mon"], "notify": True}
    problems = {"email": "Enter an e-mail address such as anna@example.com."}
    now = system_clock()
    return render(
        request,
        "styles.html",
        families=statuses.ALL,
        fields=forms.fields(SCHEMA, values, problems=problems),
        payload=PAYLOAD,
        now=now,
        earlier=now - timedelta(hours=3),
    )


@router.post("/_styles")
def show_toast(request: Request, user: Visitor) -> Response:
    return redirect(request, "/_styles", Flash("The workflow “Welcome new contacts” is on."))
