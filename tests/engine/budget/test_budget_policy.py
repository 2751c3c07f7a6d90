"""When a budget lets requests go: never more than the service allows, in order, and quiet when it asks for quiet."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from engine.budget.policy import (
    GRAINS,
    PATIENCE,
    BudgetState,
    Limit,
    Told,
    Turn,
    is_news,
    listen,
    pause,
    take,
)

BURST = Limit(10, 10_000)
DAY = Limit(2_000, 86_400_000)
START = 1_000_000_000


def ask(state: BudgetState, now: int, *, waited: bool = False, limits: tuple[Limit, ...] = (BURST, DAY)) -> Turn:
    return take(state, limits, now, waited=waited)


def most_in_any(span: int, times: list[int]) -> int:
    """The largest number of times that lie within any `span`."""
    times = sorted(times)
    first, most = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - span:
            first += 1
        most = max(most, last - first + 1)
    return most


def serve(arrivals: list[int], limits: tuple[Limit, ...], *, late: int = 0) -> list[tuple[int, int]]:
    """(time, number) of every request as it is sent; whoever has an appointment comes up to `late` after it."""
    random, state = Random(3), BudgetState()
    coming = sorted((at, number, False) for number, at in enumerate(arrivals))
    sent: list[tuple[int, int]] = []
    while coming:
        now, number, waited = coming.pop(0)
        turn = take(state, limits, now, waited=waited)
        if turn.granted:
            sent.append((turn.at, number))
        else:
            assert turn.at > now
            coming.append((turn.at + random.randint(0, late), number, True))
            coming.sort()
    return sent


def test_a_burst_goes_at_once_up_to_the_limit() -> None:
    state = BudgetState()

    turns = [ask(state, START) for _ in range(11)]

    assert turns[:10] == [Turn(START, True)] * 10
    assert not turns[10].granted
    assert turns[10].at == START + BURST.kept


def test_appointments_are_spread_in_the_order_of_asking() -> None:
    state = BudgetState()

    appointments = [ask(state, START).at for _ in range(40)][10:]

    gaps = {later - earlier for earlier, later in pairwise(appointments)}
    assert gaps == {BURST.kept // 10}


@pytest.mark.parametrize("late", [0, 400, 3_000, 60_000])
@pytest.mark.parametrize("pattern", ["at once", "evenly", "at random"])
def test_no_window_ever_holds_more_than_the_limit_and_nobody_is_forgotten(pattern: str, late: int) -> None:
    random = Random(11)
    arrivals = {
        "at once": [START] * 300,
        "evenly": [START + 700 * number for number in range(300)],
        "at random": sorted(START + random.randint(0, 300_000) for _ in range(300)),
    }[pattern]

    sent = serve(arrivals, (BURST, DAY), late=late)

    assert sorted(number for _, number in sent) == list(range(300))
    assert most_in_any(BURST.span, [at for at, _ in sent]) <= BURST.requests


def test_whoever_keeps_the_appointment_keeps_the_order_and_the_capacity_is_used() -> None:
    sent = serve([START] * 200, (BURST,))

    assert [number for _, number in sent] == list(range(200))
    assert sent[-1][0] - START <= 20 * BURST.kept


def test_a_line_that_is_late_goes_on_in_order_after_an_interruption() -> None:
    # given fifty in line, and nobody there to serve them for five minutes
    state = BudgetState()
    for _ in range(60):
        ask(state, START)
    later = START + 300_000
    # when all come back at once
    turns = [ask(state, later, waited=True) for _ in range(50)]
    # then the first are served and the others stay in order
    assert [turn.granted for turn in turns[:10]] == [True] * 10
    waiting = [turn.at for turn in turns[10:]]
    assert waiting == sorted(waiting)
    # and a newcomer does not overtake them
    assert ask(state, later).at > waiting[-1]


def test_the_limit_of_a_day_holds_and_stays_short_to_store() -> None:
    day = Limit(2_000, 86_400_000)

    sent = serve([START + 1_000 * number for number in range(2_500)], (day,))

    assert most_in_any(day.span, [at for at, _ in sent]) <= day.requests
    state = BudgetState()
    for number in range(2_000):
        take(state, (day,), START + 43_000 * number, waited=False)
    assert len(state.sent[0]) <= GRAINS + 3


def test_a_pause_stops_everybody_and_moves_the_line() -> None:
    state = BudgetState()
    in_line = [ask(state, START).at for _ in range(12)][10:]

    assert pause(state, START + 1_000, 30_000)

    asked_again = ask(state, in_line[0], waited=True)
    assert asked_again == Turn(START + 31_000, False)
    assert ask(state, in_line[1], waited=True).at > asked_again.at
    assert ask(state, START + 2_000).at > START + 31_000


def test_a_shorter_pause_is_no_news() -> None:
    state = BudgetState()
    pause(state, START, 30_000)

    assert not pause(state, START, 1_000)
    assert state.paused_until == START + 30_000


def test_short_waits_are_granted_ahead() -> None:
    fast = Limit(2, 1_000)
    state = BudgetState()

    turns = [take(state, (fast,), START, waited=True) for _ in range(3)]

    assert turns[2] == Turn(START + fast.kept, True)
    assert turns[2].at - START <= PATIENCE


def test_the_services_count_is_believed_where_it_leaves_less() -> None:
    state = BudgetState()
    ask(state, START)

    assert not is_news(state, (BURST, DAY), START, [Told(0, remaining=9)])
    assert is_news(state, (BURST, DAY), START, [Told(0, remaining=2)])
    listen(state, (BURST, DAY), START, [Told(0, remaining=2)])

    assert [ask(state, START).granted for _ in range(3)] == [True, True, False]


def test_the_services_own_limit_takes_the_place_of_the_manifests() -> None:
    state = BudgetState()

    listen(state, (BURST, DAY), START, [Told(0, requests=3, span=20_000)])

    assert [ask(state, START).granted for _ in range(4)] == [True, True, True, False]
    assert state.told == {0: (3, 20_000)}


def test_what_is_stored_is_what_was_there() -> None:
    state = BudgetState()
    for _ in range(15):
        ask(state, START)
    pause(state, START, 5_000)
    listen(state, (BURST, DAY), START, [Told(0, remaining=0, requests=8)])

    assert BudgetState.load(state.dump()) == state
