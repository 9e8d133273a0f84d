"""Schedules of loads and triggers, carried out against the real store, queue and run code, with a stub for the build.

A schedule is a list of events: loads arrive, triggers come twice, late, in another order or not at all, crons fire, the
server dies before or after it has committed, the worker dies anywhere in a run, builds are slow (other events happen
during them) or fail. Crashes are exceptions that nothing catches; what was not committed is gone, as after kill -9.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from dbt_regions import files
from dbt_regions.build.events import BuildStarted, StageEnded, StageStarted
from dbt_regions.build.events import Event as BuildEvent
from dbt_regions.build.plan import BuildRequest, plan_idle
from dbt_regions.build.workers import BuildFailure, Outcome
from dbt_regions.deploy.dbt_cloud import plan_dbt_cloud_jobs
from dbt_regions.domain import BuildSummary, StageResult
from dbt_regions.regions import find_place, read_region
from dbt_regions.serve.built import recover_works
from dbt_regions.serve.execution import run_claim
from dbt_regions.serve.planning import Place
from dbt_regions.serve.queue import Ask, Load, ask, ask_cancel, bury, claim, fire, requeue
from dbt_regions.serve.rollout import put_job
from dbt_regions.serve.store import ACTIVE, CANCELLED, ERROR, LIVE, QUEUED, Store, loads, runs
from support.load_events import Event
from support.monorepo import REPO

REGION = "na"
SUMMARY = BuildSummary(REGION, "", "prod", "", "", None, "1", None, (), None, (), None, None, None, 0)


class CrashError(BaseException):
    """A process is gone."""


@dataclass
class World:
    """The raw tables, what builds did to the warehouse, and the store.

    `manifest` says whether the loader writes one, `sweeps` whether unannounced loads are looked for at the end.
    `answers` are the runs that announcements were answered with, `effects` the loads that a build read, in the order of
    builds; `recorded` the builds that lived to write their summary, `broken` what did not hold while one ran.
    """

    root: Path
    manifest: bool = True
    sweeps: bool = True
    arrived: list[str] = field(default_factory=list)
    announced: set[str] = field(default_factory=set)
    answers: dict[str, int] = field(default_factory=dict)
    effects: dict[str, tuple[str, ...]] = field(default_factory=dict)
    broken: list[Exception] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)
    fired: int = 0
    crash: str = ""
    left: list[Event] = field(default_factory=list)
    is_building: bool = False

    def __post_init__(self) -> None:
        project = self.root / "projects" / REGION
        for name in ("deployment.yml", "dbt_project.yml"):
            files.copy_file(REPO / "projects" / REGION / name, project / name)
        self.place = Place(self.root, self.root, self.root / ".serve" / "store.sqlite")
        self.store = Store(self.place.store)
        region = read_region(self.root, REGION)
        self.jobs: dict[str, int] = {}
        with self.store.transaction() as connection:
            for mark, body in plan_dbt_cloud_jobs(region, find_place(region)).items():
                named = {**body, "name": f"{body['name']} [[{mark}]]"}
                self.jobs[mark.removeprefix("na-")] = put_job(connection, self.root, REGION, named, None)

    def live(self, schedule: list[Event]) -> None:
        """Let everything happen, then let the world be quiet: no crash, no failure, one look at the raw tables."""
        self.left = list(schedule)
        while self.left:
            self.happen(self.left.pop(0))
        self.happen(Event("restart"))
        for _ in range(4):
            if self.sweeps:
                self.happen(Event("sweep"))
            while self._count(QUEUED):
                self.happen(Event("work"))
        with self.store.transaction() as connection:
            assert not connection.execute(select(runs.c.id).where(runs.c.status.in_(LIVE))).all()
        assert not self.broken

    def happen(self, event: Event) -> None:
        """Carry out one event; a process that dies by it is started again, as its keeper would."""
        if event.kind == "work" and self.is_building:
            with self.store.transaction() as connection:
                assert claim(connection) is None  # the region's one run is on its way
            return
        try:
            _ACTIONS[event.kind](self, event)
        except CrashError:
            self.crash = ""
            if not self.is_building and event.kind == "work":
                self.restart()
        self.check_one_each()

    def check_one_each(self) -> None:
        """At every moment there is one run that waits, and one that runs, at most."""
        assert self._count(QUEUED) <= 1
        assert self._count(*ACTIVE) <= 1

    def restart(self) -> None:
        """Start a worker: it ends what the one before it left."""
        with self.store.transaction() as connection:
            left = list(connection.execute(select(runs.c.id).where(runs.c.status.in_(ACTIVE))).scalars())
        for run_id in left:
            recover_works(self.place, self.store, run_id)
            with self.store.transaction() as connection:
                bury(connection, run_id)

    def build(self, event: Event) -> Callable[[BuildRequest, Callable[[BuildEvent], None]], Outcome]:
        """Return the stub of a build, which fails or dies as the event says, while other events happen."""

        def build(request: BuildRequest, on_event: Callable[[BuildEvent], None]) -> Outcome:
            number = f"build-{len(self.effects)}-{len(self.left)}-{id(request)}"
            on_event(BuildStarted(REGION, number))
            on_event(StageStarted(REGION, "gate"))
            self._die_at("started")
            seen = tuple(self.arrived) if self.manifest else ()
            read = tuple(self.arrived)
            try:
                for _ in range(min(event.during, len(self.left))):
                    self.happen(self.left.pop(0))
            except Exception as error:  # noqa: BLE001  a run would make its own end of it
                self.broken.append(error)
            if event.exit_code:
                code = event.exit_code
                if code == 130:  # somebody asked, or the server stops
                    return BuildFailure(REGION, "interrupted", 130)
                return BuildFailure(REGION, "failed", code)
            idle = plan_idle(request, seen)
            if request.job == "hourly" and not idle:
                self.effects[number] = read
            self._die_at("built")
            on_event(StageEnded(REGION, StageResult("gate", "passed", 0.1)))
            summary = replace(SUMMARY, run_id=number, loads_seen=dict.fromkeys(seen))
            if not idle:
                files.write_json(self.root / "build" / REGION / "runs" / number / "summary.json", summary.to_json())
                self.recorded.append(number)
            self._die_at("recorded")
            return summary

        return build

    def _die_at(self, place: str) -> None:
        if self.crash == place:
            raise CrashError(place)

    def _count(self, *status: int) -> int:
        with self.store.transaction() as connection:
            query = select(func.count()).select_from(runs).where(runs.c.status.in_(status))
            return int(connection.execute(query).scalar_one())

    @contextlib.contextmanager
    def transaction(self, crash: str) -> Iterator[Connection]:
        """Hold a transaction of the server, which may die before or after its commit."""
        with self.store.transaction() as connection:
            yield connection
            if crash == "before":
                raise CrashError
        if crash == "after":
            raise CrashError


def _arrive(world: World, _event: Event) -> None:
    world.arrived.append(f"L{len(world.arrived)}")


def _announce(world: World, event: Event) -> None:
    """Announce one of the newest loads; a client that got no answer comes again, as ours do."""
    if not world.arrived:
        return
    load_id = world.arrived[max(0, len(world.arrived) - 1 - event.which)]
    world.announced.add(load_id)
    wanted = Ask(world.jobs["hourly"], "load", f"load {load_id} of na", "loads", None, Load(load_id, load_id))
    with world.store.transaction() as connection:
        built_by = connection.execute(select(loads.c.built_by).where(loads.c.load_id == load_id)).scalar()
        before = select(runs.c.id).where(runs.c.id == world.answers.get(load_id), runs.c.status.in_(LIVE))
        waits_for = connection.execute(before).scalar()
    first = None
    with contextlib.suppress(CrashError), world.transaction(event.crash) as connection:
        first = ask(connection, REGION, wanted)
    with world.transaction("") as connection:
        second = ask(connection, REGION, wanted)
    assert first == second or event.crash == "before"
    assert second == (built_by or waits_for or second)
    world.answers[load_id] = second


def _fire(world: World, event: Event) -> None:
    if event.kind == "cron":
        world.fired += 1
        with contextlib.suppress(CrashError), world.transaction(event.crash) as connection:
            fire(connection, world.jobs["daily"], "cron")
            return
        world.fired -= event.crash == "before"
        return
    with world.transaction(event.crash) as connection:
        fire(connection, world.jobs["hourly"], "sweep")


def _ask(world: World, event: Event) -> None:
    with world.transaction(event.crash) as connection:
        ask(connection, REGION, Ask(world.jobs["hourly"], "request", "by hand: somebody"))


def _cancel(world: World, event: Event) -> None:
    with world.transaction(event.crash) as connection:
        last = connection.execute(select(runs.c.id).order_by(runs.c.id.desc()).limit(1)).scalar()
        if last is not None:
            ask_cancel(connection, last)


def _retry(world: World, event: Event) -> None:
    with world.transaction(event.crash) as connection:
        failed = select(runs.c.id).where(runs.c.status.in_([ERROR, CANCELLED])).order_by(runs.c.id.desc()).limit(1)
        last = connection.execute(failed).scalar()
        if last is not None:
            requeue(connection, last, "retry")


def _work(world: World, event: Event) -> None:
    with world.store.transaction() as connection:
        taken = claim(connection)
    if taken is None:
        return
    world.crash = event.crash
    world.is_building = True
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    try:
        run_claim(world.place, taken, world.build(event))
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        world.is_building = False
        world.crash = ""
    if event.crash == "silent":
        raise CrashError
    world.restart()  # a process that ended is looked after


_ACTIONS: dict[str, Callable[[World, Event], Any]] = {
    "arrive": _arrive,
    "announce": _announce,
    "cron": _fire,
    "sweep": _fire,
    "ask": _ask,
    "cancel": _cancel,
    "retry": _retry,
    "work": _work,
    "restart": lambda world, _event: world.restart(),
}
