"""Formatter operations: pure functions from an input to {"result": …} (and more where a value has parts).

They share their meaning with the filters of the expression language, so that both always agree.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote_plus, urlencode, urlsplit

import orjson

from connectors._kit.errors import UnusableValue
from connectors._kit.filters import dates, lists, numbers, text
from connectors._kit.values import as_text, shown

Input = Mapping[str, Any]
Output = dict[str, Any]

_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li|/tr|/h[1-6])\s*/?\s*>", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_NAME, _BRACKET = r"[^.\[\]]+", r"""\[(?:-?\d+|'[^']*'|"[^"]*")\]"""
_PATH = re.compile(rf"(?:{_NAME}|{_BRACKET})(?:\.{_NAME}|{_BRACKET})*")
_PATH_PART = re.compile(rf"{_BRACKET}|{_NAME}")
_CASES: Mapping[str, Callable[[Any], str]] = {
    "upper": text.upper,
    "lower": text.lower,
    "title": text.title,
    "sentence": text.capitalize,
}
_ARITHMETIC: Mapping[str, Callable[[Any, Any], int | float]] = {
    "plus": numbers.plus,
    "minus": numbers.minus,
    "times": numbers.times,
    "divided_by": numbers.divided_by,
}


def change_case(input: Input) -> Output:
    return {"result": _CASES[input["case"]](input["text"])}


def replace(input: Input) -> Output:
    return {"result": text.replace(input["text"], input["find"], input.get("replace_with", ""))}


def trim(input: Input) -> Output:
    return {"result": " ".join(input["text"].split()) if input.get("inside") else input["text"].strip()}


def truncate(input: Input) -> Output:
    return {"result": text.truncate(input["text"], input["length"], input.get("ending", "…"))}


def split_text(input: Input) -> Output:
    items = text.split(input["text"], input.get("separator") or ",")
    return {"result": items, "count": len(items)}


def slug(input: Input) -> Output:
    return {"result": text.slug(input["text"])}


def between(input: Input) -> Output:
    """The text behind the first `after` and before the next `before`; null when they do not occur."""
    whole, after, before = input["text"], input.get("after", ""), input.get("before", "")
    _, found, rest = whole.partition(after) if after else ("", True, whole)
    part, ends, _ = rest.partition(before) if before else (rest, True, "")
    return {"result": part.strip() if found and ends else None}


def remove_html(input: Input) -> Output:
    plain = _TAG.sub("", _BREAK.sub("\n", _UNSEEN.sub("", input["text"])))
    lines = (" ".join(line.split()) for line in html.unescape(plain).splitlines())
    return {"result": re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()}


def first_filled(input: Input) -> Output:
    filled = (value for value in input["values"] if value not in (None, "", [], {}) and str(value).strip())
    return {"result": next(filled, None)}


def count_text(input: Input) -> Output:
    return {"characters": len(input["text"]), "words": len(input["text"].split())}


def split_name(input: Input) -> Output:
    """“Last, First” and “First Middle Last” both; a single word is the first name."""
    name = " ".join(input["name"].split())
    if "," in name:
        last, _, first = (part.strip() for part in name.partition(","))
    else:
        first, _, last = name.rpartition(" ") if " " in name else (name, "", "")
    return {"first_name": first, "last_name": last}


def format_number(input: Input) -> Output:
    signs = {"1,234.5": (",", "."), "1.234,5": (".", ","), "1 234,5": ("\u00a0", ","), "1234.5": ("", ".")}
    thousands, point = signs[input.get("style", "1,234.5")]
    return {"result": numbers.number(input["number"], input.get("decimals", 0), thousands, point)}


def round_number(input: Input) -> Output:
    return {"result": numbers.round_(input["number"], input.get("decimals", 0))}


def read_number(input: Input) -> Output:
    return {"result": numbers.read_number(input["text"])}


def calculate(input: Input) -> Output:
    return {"result": _ARITHMETIC[input["operation"]](input["left"], input["right"])}


def format_date(input: Input) -> Output:
    pattern = input.get("pattern") or "YYYY-MM-DD"
    options = {"locale": input.get("language") or "en", "from_pattern": input.get("from_pattern")}
    return {"result": dates.date_(input["date"], pattern, input.get("timezone"), **options)}


def add_time(input: Input) -> Output:
    start = input["date"]
    if input.get("timezone"):
        start = dates.read_date(start).astimezone(dates.zone(input["timezone"]))
    return {"result": dates.date_add(start, input["amount"], input["unit"])}


def time_between(input: Input) -> Output:
    return {"result": dates.date_diff(input["start"], input["end"], input.get("unit", "days"))}


def date_parts(input: Input) -> Output:
    moment = dates.read_date(input["date"])
    if input.get("timezone"):
        moment = moment.astimezone(dates.zone(input["timezone"]))
    week = moment.isocalendar().week
    return {
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "hour": moment.hour,
        "minute": moment.minute,
        "weekday": dates.date_(moment, "dddd", locale=input.get("language") or "en"),
        "week": week,
        "unix": int(moment.timestamp()),
    }


def join_list(input: Input) -> Output:
    return {"result": lists.join(input["list"], input.get("separator", ", "))}


def pick_item(input: Input) -> Output:
    """Position 1 is the first entry, -1 the last; null where there is none."""
    items, position = input["list"], input.get("position", 1)
    index = position - 1 if position > 0 else position
    return {"result": items[index] if -len(items) <= index < len(items) else None, "count": len(items)}


def filter_list(input: Input) -> Output:
    equals = (input["equals"],) if input.get("equals") not in (None, "") else ()
    items = lists.where(input["list"], input["field"], *equals)
    return {"result": items, "count": len(items)}


def sort_list(input: Input) -> Output:
    return {"result": lists.sort(input["list"], input.get("field") or None, input.get("descending", False))}


def unique_list(input: Input) -> Output:
    items = lists.unique(input["list"], input.get("field") or None)
    return {"result": items, "count": len(items)}


def map_list(input: Input) -> Output:
    return {"result": lists.map_(input["list"], input["field"])}


def sum_list(input: Input) -> Output:
    values = lists.map_(input["list"], input["field"]) if input.get("field") else list(input["list"])
    read = [numbers.read_number(value) for value in values if value not in (None, "")]
    if not read:
        return {"sum": 0, "average": None, "smallest": None, "largest": None, "count": 0}
    total = numbers.total(read)
    return {
        "sum": numbers.plain(total),
        "average": numbers.plain(total / len(read)),
        "smallest": min(read),
        "largest": max(read),
        "count": len(read),
    }


def read_json(input: Input) -> Output:
    return {"result": text.from_json(input["text"])}


def write_json(input: Input) -> Output:
    return {"result": text.json(input["value"])}


def pick_json(input: Input) -> Output:
    """Follows a path such as orders.0.id or orders[0]['order id']; null where it leads nowhere."""
    value = input["value"]
    for key in _path_parts(input["path"]):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and re.fullmatch(r"-?\d+", key) and -len(value) <= int(key) < len(value):
            value = value[int(key)]
        else:
            value = None
    return {"result": value}


def _path_parts(path: str) -> list[str]:
    """What is no path with brackets is dotted, whatever stands between the dots."""
    if not _PATH.fullmatch(path):
        return path.split(".")
    return [part[2:-2] if part[:2] in ("['", '["') else part.strip("[]") for part in _PATH_PART.findall(path)]


def format_phone(input: Input) -> Output:
    result = text.phone(input["phone"], input.get("country") or None, input.get("style", "e164"))
    return {"result": result}


def check_email(input: Input) -> Output:
    """Whether the text has the form of an address; nobody is asked whether the mailbox exists."""
    address = input["email"].strip().removeprefix("mailto:")
    user, _, domain = address.rpartition("@")
    valid = bool(_EMAIL.fullmatch(address)) and ".." not in address and len(address) <= 254
    return {
        "valid": valid,
        "address": f"{user}@{domain.lower()}" if valid else address,
        "user": user if valid else "",
        "domain": domain.lower() if valid else "",
    }


def find_emails(input: Input) -> Output:
    found = lists.unique([match.lower().rstrip(".") for match in _EMAIL.findall(input["text"])])
    return {"result": found, "first": found[0] if found else None, "count": len(found)}


def normalize_email(input: Input) -> Output:
    """Small letters, no spaces, and on request without a +tag."""
    address = as_text(input["email"]).strip().lower()
    user, at, domain = address.rpartition("@")
    if not (user and at and domain):
        raise UnusableValue(f"{shown(address)} is not an e-mail address.")
    return {"result": f"{user.partition('+')[0] if input.get('remove_tag') else user}@{domain}"}


def look_up(input: Input) -> Output:
    """Blanks around the value and the table's names do not count."""

    def plain(value: Any) -> str:
        found = as_text(value).strip()
        return found.casefold() if input.get("ignore_case", True) else found

    table = {plain(name): result for name, result in input["table"].items()}
    wanted = plain(input["value"])
    return {"result": table.get(wanted, input.get("otherwise")), "found": wanted in table}


def encode_url(input: Input) -> Output:
    return {"result": quote(input["text"], safe="")}


def decode_url(input: Input) -> Output:
    return {"result": unquote_plus(input["text"])}


def parse_url(input: Input) -> Output:
    """A parameter that occurs several times becomes a list."""
    url = _url(input["url"])
    parameters: dict[str, Any] = {}
    for name, value in parse_qsl(url.query, keep_blank_values=True):
        known = parameters.get(name)
        parameters[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    return {
        "scheme": url.scheme,
        "host": url.hostname or "",
        "port": url.port,
        "path": url.path,
        "parameters": parameters,
        "fragment": url.fragment,
    }


def add_parameters(input: Input) -> Output:
    url, wanted = _url(input["url"]), input["parameters"]
    kept = [pair for pair in parse_qsl(url.query, keep_blank_values=True) if pair[0] not in wanted]
    added = [(name, as_text(value)) for name, value in wanted.items() if value not in (None, "")]
    return {"result": url._replace(query=urlencode([*kept, *added], quote_via=quote)).geturl()}


def count_list(input: Input) -> Output:
    values = lists.map_(input["list"], input["field"]) if input.get("field") else input["list"]
    by_value: dict[str, int] = {}
    for value in values:
        name = "" if value is None else as_text(value)
        by_value[name] = by_value.get(name, 0) + 1
    return {"count": len(input["list"]), "by_value": by_value}


def add_to_list(input: Input) -> Output:
    entry = [input["entry"]]
    items = [*entry, *input["list"]] if input.get("at_beginning") else [*input["list"], *entry]
    return {"result": items, "count": len(items)}


def combine_lists(input: Input) -> Output:
    first, second = input["list"], input["other"]
    how = input.get("how", "both")
    marks = {_mark(item) for item in second}
    items = [*first, *second] if how == "both" else [i for i in first if (_mark(i) in marks) == (how == "in_both")]
    return {"result": items, "count": len(items)}


def slice_list(input: Input) -> Output:
    items, position = input["list"], input.get("start", 1)
    start = position - 1 if position > 0 else max(len(items) + position, 0)
    end = len(items) if input.get("count") is None else start + input["count"]
    part = items[start:end]
    return {"result": part, "count": len(part), "rest": len(items) - len(part)}


def group_list(input: Input) -> Output:
    groups: dict[bytes, dict[str, Any]] = {}
    for item, value in zip(input["list"], lists.map_(input["list"], input["field"]), strict=True):
        group = groups.setdefault(_mark(value), {"value": value, "entries": [], "count": 0})
        group["entries"].append(item)
        group["count"] += 1
    return {"groups": list(groups.values()), "count": len(groups)}


def _mark(value: Any) -> bytes:
    """The same for equal values of any kind."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _url(text: str) -> SplitResult:
    try:
        url = urlsplit(text.strip())
        _ = url.port
    except ValueError:
        raise UnusableValue(f"{shown(text)} is not a web address.") from None
    if not url.scheme or not url.netloc:
        raise UnusableValue(f"{shown(text)} is not a web address: it must begin with https:// or http://.")
    return url
