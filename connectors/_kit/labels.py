"""What people read instead of the values of a fixed choice and bare names: `past_due` becomes “Past due”.

A connector says it better by `x-labels` in its schema where these words do not do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z][A-Za-z_\-]+")
"""Anything else is a code, a number, a format or somebody's own words, and is shown as it is."""
_CODE = re.compile(r"[A-Z]{2,3}|[a-z]{2}([-_][A-Z]{2})?")
_PARTS = re.compile(r"_+|(?<=[a-z])(?=[A-Z])")
_WEEK = {
    **{"mo": "Monday", "tu": "Tuesday", "we": "Wednesday", "th": "Thursday"},
    **{"fr": "Friday", "sa": "Saturday", "su": "Sunday"},
}
_NAMES = {
    **{
        word.lower(): word
        for word in ("AI", "CPC", "CPM", "CSV", "CTR", "HTML", "ID", "IDs", "IVR", "JSON", "NMI", "PDF")
    },
    **{word.lower(): word for word in ("QR", "RCS", "SMS", "SMTP", "SSO", "URL", "Facebook", "Google", "Instagram")},
    **{word.lower(): word for word in _WEEK.values()},
    **{"asc": "ascending", "ascend": "ascending", "desc": "descending", "descend": "descending", "mins": "minutes"},
    **{"email": "e-mail", "inapp": "in the app", "noshow": "no-show", "wday": "weekday", "webchat": "web chat"},
    **{"fb": "Facebook", "gmb": "Google Business", "gmeet": "Google Meet", "ig": "Instagram", "linkedin": "LinkedIn"},
    **{"msteams": "Microsoft Teams", "msteamsconference": "Microsoft Teams", "tiktok": "TikTok"},
    **{"whatsapp": "WhatsApp", "woocommerce": "WooCommerce", "youtube": "YouTube"},
}


def labels(schema: Mapping[str, Any]) -> dict[str, str]:
    """A label for each value of the schema's `enum`: its `x-labels`, else words made of the value."""
    values = [str(value) for value in schema.get("enum", ())]
    own = schema.get("x-labels", {})
    if {value.lower() for value in values} == _WEEK.keys():
        return {value: _WEEK[value.lower()] for value in values}
    prefix = _common_prefix(values)
    return {value: own.get(value) or _words(value.removeprefix(prefix)) for value in values}


def labelled(schema: Any) -> Any:
    """The schema with `x-labels` for all values of every fixed choice in it."""
    if isinstance(schema, list):
        return [labelled(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    filled = {name: labelled(part) for name, part in schema.items()}
    if isinstance(schema.get("enum"), list):
        filled["x-labels"] = labels(schema)
    return filled


def words(name: str) -> str:
    """A name as words: “Conversation ID” of conversationId. What is written in words already stays as it is."""
    if " " in name:
        return name
    text = _NAMES.get(name.lower().replace("_", ""), "")
    text = text or " ".join(_NAMES.get(part.lower(), part.lower()) for part in _PARTS.split(name) if part)
    return text[:1].upper() + text[1:]


def _common_prefix(values: Sequence[str]) -> str:
    """“TYPE_” of TYPE_CALL and TYPE_SMS, which says nothing."""
    prefix = values[0][: values[0].find("_") + 1] if len(values) > 1 else ""
    return prefix if all(value.startswith(prefix) for value in values) else ""


def _words(value: str) -> str:
    known = value.lower().replace("_", "") in _NAMES
    if not known and (_CODE.fullmatch(value) or not _PLAIN.fullmatch(value)):
        return value
    return words(value)
