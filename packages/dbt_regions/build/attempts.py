"""Begins a build again whose warehouse, network or disk failed, as often as its job allows."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_exponential,
)

from dbt_regions.build.events import Emit, TryingAgain
from dbt_regions.build.interruption import Interruption
from dbt_regions.build.plan import BuildRequest
from dbt_regions.domain import BuildSummary
from dbt_regions.errors import WorldError, one_line

_FIRST_WAIT_SECONDS = 30.0
_LONGEST_WAIT_SECONDS = 600.0


def build_with_retries(
    build: Callable[[], BuildSummary],
    request: BuildRequest,
    emit: Emit,
    stop: Interruption,
    first_wait: float = _FIRST_WAIT_SECONDS,
) -> BuildSummary:
    """Return what a build returned, begun again up to `request.retries` times where the world was wrong.

    It waits `first_wait` seconds before the second try and twice as long before each next one. Each try is a run of its
    own. The last one's error is raised; what the data or a test says no to is not tried again.
    """

    def tell(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        reason = error or (state.outcome and state.outcome.result().first_error)
        seconds = state.next_action.sleep if state.next_action else 0.0
        emit(TryingAgain(request.region, seconds, one_line(reason)))

    retrying = Retrying(
        stop=stop_after_attempt(request.retries + 1),
        wait=wait_exponential(multiplier=first_wait, max=_LONGEST_WAIT_SECONDS),
        retry=retry_if_exception_type(WorldError) | retry_if_result(_is_worlds_fault),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        before_sleep=tell,
        sleep=stop.sleep,
    )
    summary: BuildSummary = retrying(build)
    return summary


def _is_worlds_fault(summary: BuildSummary) -> bool:
    return summary.exit_code == WorldError.exit_code
