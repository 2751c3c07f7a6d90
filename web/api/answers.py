"""The shapes that all nouns share: what is sent, answers read from records, pages of a list, problems."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from engine.paging import LARGEST_PAGE, PAGE

T = TypeVar("T")


class Sent(BaseModel):
    """A body of a request. A field that is not known is refused: whoever sends it expects it to do something."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """Made from a record of the engine, attribute by attribute."""

    model_config = ConfigDict(from_attributes=True)


class Listing(BaseModel, Generic[T]):
    """A whole list."""

    items: list[T]


class PageOf(BaseModel, Generic[T]):
    """Part of a long list, newest first."""

    items: list[T]
    next: str | None = Field(description="Send it as `before` to get the page after this one; null on the last page.")


class ProblemPlace(Answer):
    """One thing to mend."""

    message: str
    pointer: str = Field(description="JSON pointer to the place.", examples=["/steps/0/input/email"])
    step: str | None = Field(default=None, description="Key of the step it belongs to.")
    field: str | None = Field(default=None, description="Name of the field it belongs to.")


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    detail: str = Field(description="What happened, in plain English.")
    instance: str = Field(description="The path that was asked for.")
    problems: list[ProblemPlace] = Field(default=[], description="Every place to mend, when there are any.")


Before = Annotated[str | None, Query(description="The `next` of the page before.", max_length=64)]
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many at most.")]
DEFAULT_LIMIT = PAGE
