"""What may happen to loads, triggers and runs, as data: the events of a schedule, and the strategy of schedules."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st


@dataclass(frozen=True)
class Event:
    """One thing that happens: `kind`, which load or run it is about, and what goes wrong with it.

    `crash`: the server or worker dies: `before` or `after` the commit; in a build `started`, `built` (before its
    summary is written), `recorded` (after), `silent` (when the run had ended). `exit_code` is the build's, `during` how
    many of the next events happen while it runs.
    """

    kind: str
    which: int = 0
    crash: str = ""
    exit_code: int = 0
    during: int = 0


def schedules() -> st.SearchStrategy[list[Event]]:
    """Return the strategy of schedules."""
    number = st.integers(0, 3)
    server_crash = st.sampled_from(["", "", "", "before", "after"])
    build_crash = st.sampled_from(["", "", "", "", "started", "built", "recorded", "silent"])
    event = st.one_of(
        st.builds(Event, st.just("arrive")),
        st.builds(Event, st.just("announce"), number, server_crash),
        st.builds(Event, st.just("announce"), number, server_crash),
        st.builds(Event, st.sampled_from(["cron", "sweep", "ask", "cancel", "retry"]), number, server_crash),
        st.builds(Event, st.just("work"), number, build_crash, st.sampled_from([0, 0, 0, 0, 1, 3, 130]), number),
        st.builds(Event, st.just("work"), number, build_crash, st.just(0), number),
        st.builds(Event, st.just("work"), number, st.just(""), st.just(0), st.integers(2, 4)),
    )
    return st.lists(event, min_size=12, max_size=40)


def mild(schedule: list[Event], deaths: int) -> list[Event]:
    """Return a schedule without failures, cancels and sweeps, in which the worker dies so often at most."""
    kept = []
    for event in schedule:
        if event.kind not in {"cancel", "sweep"}:
            deaths -= event.kind == "work" and bool(event.crash)
            kept.append(replace(event, exit_code=0, crash=event.crash if deaths >= 0 else ""))
    return kept
