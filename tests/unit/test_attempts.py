"""A build that is begun again: only where the world was wrong, as often as was asked, each wait told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dbt_regions.build.attempts import build_with_retries
from dbt_regions.build.events import Event, TryingAgain
from dbt_regions.build.interruption import Interruption
from dbt_regions.build.plan import BuildRequest
from dbt_regions.domain import BuildSummary
from dbt_regions.errors import DataError, RequestError, WorldError

GOOD = BuildSummary("na", "r", "prod", "", "", None, "1", None, (), None, (), None, None, None, 0)


def attempt(outcomes: list[BuildSummary | Exception], retries: int) -> tuple[object, list[Event], int]:
    """Build with these outcomes in a row; return what came out, what was told, and how many were not reached."""
    told: list[Event] = []

    def build() -> BuildSummary:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    request = BuildRequest("na", retries=retries)
    try:
        result: object = build_with_retries(build, request, told.append, Interruption(), first_wait=0)
    except Exception as error:  # noqa: BLE001  it is what is looked at
        result = error
    return result, told, len(outcomes)


@pytest.mark.parametrize("retries", range(4))
@pytest.mark.parametrize("fails", range(5))
def test_the_world_is_tried_again(retries: int, fails: int) -> None:
    """Whatever the mix of raised errors and red summaries: retries + 1 tries at most, then the last one's outcome."""
    red = replace(GOOD, exit_code=3, first_error="no connection")
    outcomes = [WorldError("lock busy") if number % 2 else red for number in range(fails)]
    result, told, left = attempt([*outcomes, GOOD], retries)
    assert told == [
        TryingAgain("na", 0, "lock busy" if number % 2 else "no connection") for number in range(min(fails, retries))
    ]
    expected = GOOD if fails <= retries else outcomes[retries]
    assert result == expected
    assert left == max(0, fails - retries)


@pytest.mark.parametrize(
    "outcome", [replace(GOOD, exit_code=1), replace(GOOD, exit_code=2), DataError(), RequestError()]
)
def test_what_says_no_is_not_tried_again(outcome: BuildSummary | Exception) -> None:
    """Data, SQL, a test or the configuration would say no again."""
    assert attempt([outcome, GOOD], 3) == (outcome, [], 1)


def test_a_wait_can_be_interrupted() -> None:
    """Asked to stop while it waits, it does not begin again."""
    stop = Interruption()
    stop.hold()
    stop(0, None)
    with pytest.raises(KeyboardInterrupt):
        build_with_retries(lambda: replace(GOOD, exit_code=3), BuildRequest("na", retries=1), lambda _: None, stop, 0)
