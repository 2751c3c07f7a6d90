"""Calendars and what is booked in them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.errors import unprocessable
from web.sandbox.ghl.fields import CREATE_APPOINTMENT, UPDATE_APPOINTMENT
from web.sandbox.ghl.routes.request import bodied, both_slashes, located, route, same_location
from web.sandbox.replies import Record, Reply
from web.sandbox.times import millis, parse_moment


def routes(account: GhlAccount) -> list[Route]:
    handlers = AppointmentHandlers(account)
    return [
        route("GET", "/contacts/{contactId}/appointments", handlers.of_contact),
        *both_slashes("GET", "/calendars/", handlers.calendars),
        route("GET", "/calendars/events", handlers.list),
        route("POST", "/calendars/events/appointments", handlers.create),
        route("GET", "/calendars/events/appointments/{eventId}", handlers.get),
        route("PUT", "/calendars/events/appointments/{eventId}", handlers.update),
        route("DELETE", "/calendars/events/{eventId}", handlers.delete),
        route("GET", "/calendars/{calendarId}", handlers.calendar),
    ]


class AppointmentHandlers:
    def __init__(self, account: GhlAccount) -> None:
        self._account = account

    async def of_contact(self, request: Request) -> Reply:
        contact = self._account.contacts.get(request.path_params["contactId"])
        return Reply({"events": self._account.appointments.of(contact["id"])})

    async def calendars(self, request: Request) -> Reply:
        same_location(self._account, request.query_params.get("locationId"))
        return Reply({"calendars": self._account.calendars})

    async def calendar(self, request: Request) -> Reply:
        return Reply({"calendar": self._account.calendar(request.path_params["calendarId"])})

    async def list(self, request: Request) -> Reply:
        """Times of the query are milliseconds."""
        asked = request.query_params
        same_location(self._account, asked.get("locationId"))
        if not any(asked.get(name) for name in ("userId", "calendarId", "groupId")):
            raise unprocessable(["Either of userId, calendarId or groupId is required"])
        start, end = _millis(request, "startTime"), _millis(request, "endTime")
        events = [
            event
            for event in self._account.appointments.all()
            if start <= _starts(event) <= end and _belongs(event, request)
        ]
        return Reply({"events": sorted(events, key=_starts)})

    async def create(self, request: Request) -> Reply:
        required = ("calendarId", "contactId", "startTime")
        body = await located(self._account, request, CREATE_APPOINTMENT, required)
        return Reply(_answer(self._account.book_appointment(body)))

    async def get(self, request: Request) -> Reply:
        return Reply({"event": self._appointment(request)})

    async def update(self, request: Request) -> Reply:
        appointment = self._appointment(request)
        body = await bodied(request, UPDATE_APPOINTMENT)
        if "calendarId" in body:
            self._account.calendar(body["calendarId"])
        return Reply(_answer(self._account.appointments.change(appointment, body)))

    async def delete(self, request: Request) -> Reply:
        appointment = self._account.appointments.get(request.path_params["eventId"])
        self._account.appointments.remove(appointment)
        return Reply({"succeeded": True}, 201)

    def _appointment(self, request: Request) -> Record:
        return self._account.appointments.get(request.path_params["eventId"])


def _answer(appointment: Record) -> Record:
    names = (
        *("id", "calendarId", "locationId", "contactId", "startTime", "endTime", "title"),
        *("meetingLocationType", "appointmentStatus", "assignedUserId", "address", "isRecurring", "rrule"),
    )
    return {name: appointment[name] for name in names if name in appointment}


def _starts(appointment: Record) -> int:
    moment = parse_moment(appointment["startTime"])
    return millis(moment) if moment else 0


def _belongs(appointment: Record, request: Request) -> bool:
    pairs = (("userId", "assignedUserId"), ("calendarId", "calendarId"), ("groupId", "groupId"))
    asked = request.query_params
    return all(not asked.get(query) or asked[query] == appointment[held] for query, held in pairs)


def _millis(request: Request, name: str) -> int:
    try:
        return int(request.query_params.get(name, ""))
    except ValueError as error:
        raise unprocessable([f"{name} must be a number of milliseconds"]) from error
