"""The pure rules of a build: exit codes, retention, requests, plans."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_regions.build.plan import BuildRequest, check_request, plan_stages
from dbt_regions.domain import (
    STAGES,
    StageResult,
    build_exit_code,
    combined_exit_code,
    failure_exit_code,
    plan_retention,
)
from dbt_regions.errors import RequestError

RUNS = st.lists(st.tuples(st.text("abc123", min_size=1), st.booleans()), unique_by=lambda run: run[0])


@given(RUNS, st.integers(1, 5))
def test_retention_keeps_the_newest(runs: list[tuple[str, bool]], keep: int) -> None:
    """What is deleted is older than all that is kept of its kind; at most `keep` passed and 4 x `keep` failed stay."""
    deleted = set(plan_retention(runs, keep))
    for ok, limit in ((True, keep), (False, 4 * keep)):
        names = sorted(name for name, passed in runs if passed is ok)
        kept = [name for name in names if name not in deleted]
        assert kept == names[-limit:]


@given(st.lists(st.sampled_from([0, 1, 2, 3]), max_size=9))
def test_exit_code_of_a_build_is_its_first_failure(codes: list[int]) -> None:
    """A build's exit code is that of the first stage that did not pass."""
    stages = [
        StageResult(name, "failed" if code else "passed", 0.0, exit_code=code)
        for name, code in zip(STAGES, codes, strict=False)
    ]
    assert build_exit_code(stages) == next((code for code in codes if code), 0)


@given(st.lists(st.sampled_from([0, 1, 2, 3, 70, 130])))
def test_exit_code_of_several_regions(codes: list[int]) -> None:
    """It is 0 only when all passed, and else one of the regions' own."""
    code = combined_exit_code(codes)
    assert (code == 0) == (set(codes) <= {0})
    assert code in {0, *codes}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("gate: region na: stg_orders.status: expected varchar(16), seen text", 1),
        ("Database Error in model x: division by zero", 1),
        ("connection to server on socket failed: No such file", 3),
        ("could not extend file: No space left on device", 3),
        ("Database Error b'H'", 3),
        ("Database Error 'password' field(s) are required for 'database' credentials method", 2),
        ("writer lock: another run writes this region (run x, process 1)", 3),
        ("Database Error in model x (models/x.sql) timed out", 3),
        ("Database Error in model x BrokenPipe: server socket closed.", 3),
        ("Parsing Error: Env var required but not provided: 'DBT_NA_HOST'", 2),
    ],
)
def test_failure_is_classified_by_its_message(message: str, code: int) -> None:
    """The world (3), the request (2) and the data (1) are told apart."""
    assert failure_exit_code(message) == code


def test_plan_is_every_stage_in_order() -> None:
    """A plan has DESIGN's stages in their order; `--full-refresh` reaches the run stage only."""
    plans = plan_stages(BuildRequest("na", full_refresh=True))
    assert tuple(plan.name for plan in plans) == STAGES
    refreshing = [plan.name for plan in plans if "--full-refresh" in plan.command]
    assert refreshing == ["run"]


def test_partial_build_skips_the_publication() -> None:
    """`--select` goes to snapshot, run and test, and the publish stage says why it does not run."""
    plans = {plan.name: plan for plan in plan_stages(BuildRequest("na", select="a b+"))}
    assert plans["publish"].skip
    for name in ("snapshot", "run", "test"):
        assert plans[name].command[1:4] == ("--select", "a", "b+")


@pytest.mark.parametrize(
    "request_",
    [
        BuildRequest("na", target="prod", scale=2),
        BuildRequest("na", target="prod", next_load=True),
        BuildRequest("na", scale=0),
        BuildRequest("na", keep=0),
    ],
)
def test_contradictory_requests_are_refused(request_: BuildRequest) -> None:
    """A request whose parts contradict each other is a RequestError before anything is touched."""
    with pytest.raises(RequestError):
        check_request(request_)
