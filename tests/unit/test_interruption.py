"""The wish to stop a build: where it raises, and that it is never forgotten."""

from __future__ import annotations

import contextlib

import pytest

from dbt_regions.build.interruption import Interruption


def test_it_raises_before_the_stages_and_inside_their_work_only() -> None:
    """Asked to stop, it raises before `hold` and inside `allowed`; between stages it only remembers."""
    first = Interruption()
    with pytest.raises(KeyboardInterrupt):
        first(2, None)
    stop = Interruption()
    stop.hold()
    with pytest.raises(KeyboardInterrupt), stop.allowed():
        stop(2, None)
    stop(2, None)
    assert stop.requested


def test_asked_between_stages_the_next_one_does_not_begin() -> None:
    """What was asked between two stages raises as the next one begins."""
    stop = Interruption()
    stop.hold()
    stop(2, None)
    with pytest.raises(KeyboardInterrupt), stop.allowed():
        pytest.fail("the stage began")


def test_a_swallowed_interrupt_is_remembered() -> None:
    """Work that swallows the exception, or turns it into one of its own, does not undo the wish."""
    stop = Interruption()
    stop.hold()
    with stop.allowed(), contextlib.suppress(KeyboardInterrupt):
        stop(2, None)
    assert stop.requested
