"""Whatever happens to triggers, server, worker and builds: each load is built once, one run at a time."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dbt_regions.serve.queue import LONGEST_DEATHS
from dbt_regions.serve.store import SUCCESS, causes, loads, runs, works
from support.load_events import Event, mild, schedules
from support.load_schedules import World

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def live(schedule: list[Event], death: str, *, manifest: bool, sweeps: bool) -> None:
    """Let a schedule happen in a world of its own, and look at what the store says of it.

    Without sweeps at its end, the last load's run dies a `death`.
    """
    folder = Path("/", "dev", "shm")  # in memory where there is such a place: nothing here is to survive
    with tempfile.TemporaryDirectory(prefix="schedule-", dir=folder if folder.is_dir() else None) as home:
        world = World(Path(home), manifest, sweeps)
        last = [Event("arrive"), Event("announce"), Event("work", crash=death)]
        world.live(schedule if sweeps else [*mild(schedule, LONGEST_DEATHS - 2), *last])
        every_load_is_built(world)
        no_load_is_built_twice(world)
        runs_of_a_region_never_overlap(world)
        everything_asked_for_is_done(world)


def every_load_is_built(world: World) -> None:
    """Each load has a run of whose jobs that succeeded one read it."""
    with world.store.transaction() as connection:
        built = {row.load_id: row.built_by for row in connection.execute(select(loads))}
        builds: dict[int, list[str]] = {}
        for row in connection.execute(select(works.c.run_id, works.c.build).where(works.c.status == SUCCESS)):
            builds.setdefault(row.run_id, []).append(row.build)
    wanted = set(world.arrived) if world.manifest and world.sweeps else world.announced
    assert {load_id for load_id, run_id in built.items() if run_id is not None} >= wanted
    for load_id in wanted:
        assert any(load_id in world.effects.get(build, ()) for build in builds[built[load_id]]), load_id


def no_load_is_built_twice(world: World) -> None:
    """Nothing is built for loads that a build before had read: but by hand, by cron, or where nobody can know."""
    if not world.manifest:
        return
    with world.store.transaction() as connection:
        must = {row.build: row.must for row in connection.execute(select(works.c.build, works.c.must))}
    read: set[str] = set()
    for build, found in world.effects.items():
        if found and must[build] != "build":
            assert set(found) - read, build
        read |= set(found if build in world.recorded else ())


def runs_of_a_region_never_overlap(world: World) -> None:
    """Of any two runs one had ended when the other was taken from the queue."""
    with world.store.transaction() as connection:
        query = select(runs.c.dequeued_at, runs.c.finished_at).where(runs.c.dequeued_at.is_not(None))
        spans = sorted(connection.execute(query).all())
    for before, after in itertools.pairwise(spans):
        assert before.finished_at is not None
        assert before.finished_at <= after.dequeued_at


def everything_asked_for_is_done(world: World) -> None:
    """Each time that a cron fired is written down once; what it or a person asks for is built in any case."""
    with world.store.transaction() as connection:
        query = select(causes.c.kind, works.c.must).outerjoin(
            works, (works.c.run_id == causes.c.run_id) & (works.c.job_id == causes.c.job_id)
        )
        told = connection.execute(query).all()
    assert sum(kind == "cron" for kind, _ in told) == world.fired
    assert {must for kind, must in told if kind in {"cron", "request"}} <= {"build"}


def run_many(count: int) -> Callable[[], None]:
    """Return a test of so many schedules."""

    @settings(CALM, max_examples=count)
    @given(schedules(), st.booleans(), st.booleans(), st.sampled_from(["started", "built", "recorded", "silent"]))
    def check(schedule: list[Event], manifest: bool, sweeps: bool, death: str) -> None:  # noqa: FBT001  hypothesis gives
        live(schedule, death, manifest=manifest, sweeps=sweeps)

    return check


def test_each_load_is_built_once() -> None:
    """The properties hold over 100 schedules."""
    run_many(100)()


@pytest.mark.proof
def test_each_load_is_built_once_in_a_thousand_schedules() -> None:
    """The properties hold over 1,000 schedules."""
    run_many(1000)()
