"""Steps for workflows of API tests."""

from __future__ import annotations

from typing import Any

HAS_EMAIL: dict[str, Any] = {
    "key": "has_email",
    "kind": "filter",
    "match": "all",
    "rules": [{"left": "{{ trigger.email }}", "test": "is_not_empty", "right": ""}],
}

SEND: dict[str, Any] = {
    "key": "send",
    "kind": "action",
    "title": "Send it on",
    "operation": "http_request.requests.post",
    "input": {"url": "https://crm.example.com/people", "body": {"email": "{{ trigger.email }}"}},
}
