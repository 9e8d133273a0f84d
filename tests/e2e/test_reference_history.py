"""Histories and as-of answers of generated streams equal a brute-force reference that shares no code with the SQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from support.change_streams import (
    SEED,
    Load,
    Stream,
    empty_loads,
    full_loads,
    loads_in_order,
    loads_shuffled,
    make_keys,
    make_streams,
)
from support.integration_project import IntegrationProject, integration_project
from support.monorepo import copy_monorepo
from support.reference_history import (
    END,
    Belief,
    Change,
    Delivery,
    Key,
    answer,
    beliefs,
    changes_of_states,
    first_deliveries,
)
from support.stream_loads import Archived, deliveries_of, read_archive, read_history, run_loads, state_of

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Size:
    """How much is shown: streams, orders of their loads, loads of the first order, and questions."""

    streams: int
    orders: Sequence[str]
    loads: int
    questions: int


@dataclass(frozen=True)
class Told:
    """One order of loads: what they delivered by key, and what archive and history made of it."""

    loads: Sequence[Load]
    archive: Sequence[Archived]
    history: Mapping[Key, Sequence[Belief]]

    @property
    def deliveries(self) -> Mapping[Key, Sequence[Delivery]]:
        """What the loads delivered, by key."""
        return deliveries_of(self.loads, self.archive)


@dataclass(frozen=True)
class Proof:
    """The streams in each order, and full states of keys of their own; the project still holds the last order."""

    size: Size
    project: IntegrationProject
    streams: Sequence[Stream]
    told: Mapping[str, Told]
    disordered: Mapping[Key, Sequence[Belief]]
    """The history of the shuffled loads, which came in another order than that of their times."""
    full: Told


@pytest.fixture(scope="module")
def project() -> Iterator[IntegrationProject]:
    """The integration project with an empty load manifest."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copy = copy_monorepo(Path(folder), regions=["na"])
        with integration_project(copy) as ready:
            ready.run("load_manifest", "stg_stream_changes", "stg_stream_states")
            yield ready
        copy.stop()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(Size(60, ("in order", "shuffled"), 5, 500), id="quick"),
        pytest.param(
            Size(2000, ("in order", "shuffled", "shuffled in few"), 8, 10_000), id="full", marks=pytest.mark.proof
        ),
    ],
)
def proof(request: pytest.FixtureRequest, project: IntegrationProject) -> Proof:
    """The streams, loaded in each order; the first order's runs take the full feed along."""
    size: Size = request.param
    random = Random(SEED)  # noqa: S311  a test's own numbers, no secrets
    streams = make_streams(size.streams, random)
    full = full_loads(make_keys(max(300, size.streams)), empty_loads("full", size.loads), random)
    told = {}
    disordered: dict[Key, list[Belief]] = {}
    for order in size.orders:
        loads = _loads(order, streams, size, random)
        if order == "shuffled":
            run_loads(project, {"stream": random.sample(loads, len(loads))}, in_any_order=True)
            disordered = read_history(project, "stream")
        run_loads(project, {"stream": loads} | ({"state": full} if order == "in order" else {}))
        told[order] = _read(project, "stream", loads)
    return Proof(size, project, streams, told, disordered, _read(project, "state", full))


def _loads(order: str, streams: Sequence[Stream], size: Size, random: Random) -> list[Load]:
    if order == "in order":
        return loads_in_order(streams, empty_loads("ordered", size.loads), random)
    if order == "shuffled":
        return loads_shuffled(streams, empty_loads("shuffled", 4, hours=48), random)
    return loads_shuffled(streams, empty_loads("few", 2, hours=60), random)


def _read(project: IntegrationProject, feed: str, loads: Sequence[Load]) -> Told:
    return Told(loads, read_archive(project, feed), read_history(project, feed))


def _differences(expected: Mapping[Key, Iterable[Belief]], history: Mapping[Key, Sequence[Belief]]) -> str:
    """Return how many keys differ, and the rows of the first one that are in one of both only."""
    wrong = [key for key in expected if sorted(map(repr, expected[key])) != sorted(map(repr, history.get(key, ())))]
    wrong += [key for key in history if key not in expected]
    if not wrong:
        return ""
    ours, theirs = set(map(repr, expected.get(wrong[0], ()))), set(map(repr, history.get(wrong[0], ())))
    lines = [
        *(f"  reference {row}" for row in sorted(ours - theirs)),
        *(f"  SQL {row}" for row in sorted(theirs - ours)),
    ]
    return "\n".join([f"{len(wrong)} of {len(expected)} keys differ, first {wrong[0]}:", *lines])


def test_archive_has_each_change_once(proof: Proof) -> None:
    """An archive has each change that a load brought, once, under the first load that brought it, with its own id."""
    for told in proof.told.values():
        firsts = [delivery for of_key in told.deliveries.values() for delivery in first_deliveries(of_key)]
        expected = [
            Archived(replace(d.change, changed_at=d.happened_at), d.loaded_at, d.load_id, d.content_id) for d in firsts
        ]
        assert sorted(map(repr, expected)) == sorted(map(repr, told.archive))
        assert len({(row.change.key, row.change_id) for row in told.archive}) == len(told.archive)


def test_history_equals_the_reference(proof: Proof) -> None:
    """In every order of loads, the whole bitemporal history of every stream is what the definition says."""
    for order, told in proof.told.items():
        expected = {key: beliefs(deliveries) for key, deliveries in told.deliveries.items()}
        assert not (said := _differences(expected, told.history)), f"{order}: {said}"


def test_every_order_ends_in_the_same_history(proof: Proof) -> None:
    """However changes are dealt out to loads, what is known at the end of when things were true is the same."""
    ends = [
        {stream.key: _known_at_the_end(told.history[stream.key]) for stream in proof.streams if not stream.by_load}
        for told in proof.told.values()
    ]
    assert len(ends[0]) >= proof.size.streams * 0.8
    assert all(end == ends[0] for end in ends)


def _known_at_the_end(rows: Iterable[Belief]) -> list[str]:
    return sorted(repr(row.version) for row in rows if row.known_to == END)


def test_loads_that_come_in_any_order_give_the_same_history(proof: Proof) -> None:
    """A load that comes after a later one takes its place: the history is that of the loads in their own order."""
    told = proof.told["shuffled"].history
    assert not (said := _differences(told, proof.disordered)), said


def test_no_change_is_lost(proof: Proof) -> None:
    """Of up to 20 changes of a key in a load, each that is the last at its moment is in force then."""
    told = proof.told["in order"]
    assert max(len(stream.changes) for stream in proof.streams) >= 20
    lost = []
    for stream in proof.streams:
        versions = [row.version for row in told.history[stream.key] if row.known_to == END]
        lasts = {} if stream.by_load else {c.changed_at: c for c in stream.changes if c.sequence is not None}
        for moment, change in lasts.items():
            in_force = [v.state for v in versions if v.valid_from <= moment < v.valid_to]  # type: ignore[operator]  # a change has its time here
            lost += [] if in_force == [change.state] else [f"{change}: {in_force}"]
    assert not lost, lost


def test_rows_of_an_archive_in_any_order_give_the_same_history(proof: Proof) -> None:
    """A history computed anew, from the same archive rows put in in another order, is the same row for row."""
    before = _history_rows(proof.project)
    proof.project.execute(
        "create temporary table shuffled as select * from analytics_history.stream_archive",
        "delete from analytics_history.stream_archive",
        "insert into analytics_history.stream_archive"
        " select * from shuffled order by md5(change_id || 'another order')",
        "drop table analytics_history.stream_history cascade",
    )
    proof.project.run("stream_history")
    assert _history_rows(proof.project) == before


def _history_rows(project: IntegrationProject) -> list[str]:
    return sorted(map(repr, project.rows("select * from analytics_history.stream_history")))


def test_full_feed_equals_the_reference(proof: Proof) -> None:
    """Full states, with and without a time of change, give the history that the rule of full feeds says."""
    loads = [(load.load_id, load.loaded_at) for load in proof.full.loads]
    states: dict[Key, dict[str, Change]] = {}
    for load in proof.full.loads:
        for change in load.rows:
            states.setdefault(change.key, {})[load.load_id] = change
    expected = {key: beliefs(changes_of_states(loads, of_key)) for key, of_key in states.items()}
    assert not (said := _differences({k: v for k, v in expected.items() if v}, proof.full.history)), said


def test_as_of_equals_the_reference(proof: Proof) -> None:
    """Questions as it was and as it was known, on borders and beside them too, get the reference's answers."""
    told = proof.told[proof.size.orders[-1]]
    deliveries = told.deliveries
    random = Random(SEED)  # noqa: S311  a test's own numbers, no secrets
    questions = [_question(told, random) for _ in range(proof.size.questions)]
    proof.project.fill("raw.stream_questions", [(n, *key, *times) for n, (key, *times) in enumerate(questions)])
    proof.project.run("stream_answers")
    answers = proof.project.rows(
        "select question_id, name, note, amount, seen_at, is_flagged, is_deleted from analytics.stream_answers"
    )
    expected = [
        (number, found.change.state)
        for number, (key, valid_at, known_at) in enumerate(questions)
        if (found := answer(deliveries[key], valid_at, known_at or END)) is not None
    ]
    assert len(questions) > len(expected) > len(questions) / 4
    got = sorted(((row[0], state_of(row[1:6], is_deleted=row[6])) for row in answers), key=lambda pair: pair[0])
    assert got == expected


def _question(told: Told, random: Random) -> tuple[Key, datetime, datetime | None]:
    """Return a key, a time and what it was known at: nothing, that same time, or one of its own."""
    key = random.choice(list(told.history))
    borders = [t for row in told.history[key] for t in (row.version.valid_from, row.version.valid_to, row.known_from)]
    near = [MICROSECOND * random.choice((-1, 0, 0, 1)) + min(t, datetime(2024, 6, 1)) for t in borders]  # noqa: DTZ001  the warehouse's times have no zone
    anywhere = [datetime(2024, 4, 30) + timedelta(seconds=random.random() * 86400 * 13)]  # noqa: DTZ001  the warehouse's times have no zone
    valid_at, known_at = (random.choice(near if random.random() < 0.7 else anywhere) for _ in range(2))
    kind = random.random()
    return key, valid_at, (None if kind < 0.5 else valid_at if kind < 0.8 else known_at)
