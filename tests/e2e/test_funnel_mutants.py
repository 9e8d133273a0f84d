"""Each rule of docs/rules/funnel-semantics.md, broken once in the SQL, makes the engine differ from the reference."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from support.funnel_answers import answer, differences, fill_events
from support.funnel_streams import DEFINITIONS, SEED, make_streams
from support.integration_project import integration_project
from support.monorepo import Monorepo, copy_monorepo
from support.repo import ROOT

MACROS = "packages/shared_macros/macros/funnel"
SIZES = (60, 2000)
"""Few streams leave days on which no unit is open; rare paths come up among many only."""

MUTANTS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "order: any order counts as ordered (fast)": (
        "_chained_steps", "and stream.occurred_at >= {{ before }}.step", "and stream.occurred_at <> {{ before }}.step",
        ("ordered_two",),
    ),
    "order: an attempt may go back (enumerated)": (
        "_attempts_at", "and placed.place > standing.place", "and placed.place <> standing.place",
        ("ordered_max_waits", "ordered_aba"),
    ),
    "strict: another event may lie between (fast)": (
        "_best_of_neighbours", "from {{ stream }} as stream\n",
        "from {{ stream }} as stream\n        where {{ shared_macros._takes_any(steps) }}\n", ("strict_two",),
    ),
    "strict: another event may lie between (enumerated)": (
        "_attempts_at", "and placed.place = standing.place + 1", "and placed.place > standing.place",
        ("strict_skip_one",),
    ),
    "window: open at its edge (what is possible)": (
        "_settled_units", "' and ' ~ soonest ~ ' <= '", "' and ' ~ soonest ~ ' < '",
        ("ordered_two_half", "ordered_zero", "ordered_four_second"),
    ),
    "window: open at its edge (walked units)": (
        "_walked_units", "and occurred_at <= {{ shared_macros._later('entry_'",
        "and occurred_at < {{ shared_macros._later('entry_'",
        ("ordered_two_half", "ordered_three_hour", "ordered_four_second", "ordered_zero"),
    ),
    "window: open at its edge (strict)": (
        "_best_of_neighbours", "'occurred_at <= ' ~", "'occurred_at < ' ~", ("strict_two_half", "strict_zero"),
    ),
    "window: open at its edge (enumerated)": (
        "_attempts_at", "and placed.occurred_at <= {{ shared_macros._later('attempts.entered_at'",
        "and placed.occurred_at < {{ shared_macros._later('attempts.entered_at'", ("ordered_skip_all",),
    ),
    "window: open at its edge (any order)": (
        "_attempts_in_any_order", "and others.occurred_at <=", "and others.occurred_at <", ("any_one", "any_zero"),
    ),
    "window: from the step before, not from the entry": (
        "_attempts_at", "shared_macros._later('attempts.entered_at', funnel.window)",
        "shared_macros._later('attempts.occurred_at', funnel.window)", ("ordered_skip_all", "ordered_both_waits"),
    ),
    "tie: later steps first (fast)": (
        "_walked_units", "order by occurred_at, step_number'", "order by occurred_at, step_number desc'",
        ("ordered_zero", "ordered_three_hour", "ordered_six_day"),
    ),
    "tie: later steps first (strict)": (
        "_best_of_neighbours", "order by occurred_at, place'", "order by occurred_at, place desc'", ("strict_three",),
    ),
    "tie: the lowest step does not count (enumerated)": (
        "_best_of_all", "shared_macros._lowest_step(steps) ~ ' * ' ~ all_bits", "'0 * ' ~ all_bits",
        ("ordered_within", "ordered_phone", "strict_phone", "ordered_nulls"),
    ),
    "tie: equal events take two steps (strict)": (
        "_attempts_at", "and (placed.occurred_at > standing.occurred_at or placed.sort_key > standing.sort_key)", "",
        ("strict_aaa",),
    ),
    "exclusion: has no effect": (
        "_attempts_at", "if funnel.order == 'ordered' and exclusion.after", "if false and exclusion.after",
        ("ordered_without",),
    ),
    "exclusion: from one step too early": (
        "_attempts_at", "exclusion.after <= before.number", "exclusion.after - 1 <= before.number",
        ("ordered_without_half", "ordered_without_two"),
    ),
    "exclusion: to one step too late": (
        "funnel_definition", "names.index(exclusion.get('before', names[-1])) + 1",
        "names.index(exclusion.get('before', names[-1])) + 2", ("ordered_without_early",),
    ),
    "exclusion: the excluded event may be the step's own": (
        "_attempts_at", "placed.excluded_{{ exclusion.number }} - placed.excludes_{{ exclusion.number }}",
        "placed.excluded_{{ exclusion.number }}", ("ordered_without_phone",),
    ),
    "optional: every step is needed": (
        "_attempts_at", "if not steps_to_here[before.number:-1] | rejectattr('optional') | list",
        "if before.number == step.number - 1", ("ordered_skip_one", "strict_skip_two"),
    ),
    "optional: every step may be left out": (
        "_attempts_at", "if not steps_to_here[before.number:-1] | rejectattr('optional') | list", "if true",
        ("ordered_max_waits", "ordered_without"),
    ),
    "open entry: only the first step": (
        "_attempts_at", "step.number == 1 or funnel.open_entry", "step.number == 1", ("ordered_open",),
    ),
    "wait: the minimum is open": (
        "_attempts_at", "placed.occurred_at >= {{ shared_macros._later('attempts.occurred_at', step.min_wait) }}",
        "placed.occurred_at > {{ shared_macros._later('attempts.occurred_at', step.min_wait) }}",
        ("ordered_min_waits", "ordered_both_waits"),
    ),
    "wait: the maximum is open": (
        "_attempts_at", "placed.occurred_at <= {{ shared_macros._later('attempts.occurred_at', step.max_wait) }}",
        "placed.occurred_at < {{ shared_macros._later('attempts.occurred_at', step.max_wait) }}",
        ("ordered_max_waits", "ordered_wait_open"),
    ),
    "best: the shortest attempt": (
        "_best_of_all", "furthest_step_number desc, steps_taken desc", "furthest_step_number, steps_taken desc",
        ("ordered_aba",),
    ),
    "best: fewest steps": (
        "_attempts_at", "order by steps_taken desc", "order by steps_taken", ("ordered_skip_one", "ordered_skip_two"),
    ),
    "best: the latest entry (enumerated)": (
        "_best_of_all", "steps_taken desc, entered_at,", "steps_taken desc, entered_at desc,", ("ordered_aba",),
    ),
    "none: a space more": (
        "_walked_units", "over ({{ so_far }}) as entry_", "over ({{ so_far }})  as entry_", ("ordered_three_hour",),
    ),
    "best: the first entry decides the window (walked units)": (
        "_walked_units", "                max(\n", "                min(\n", ("ordered_three_hour", "ordered_six_day"),
    ),
    "best: the first entry in time, in its window or not": (
        "_later_entries", "and case furthest_step_number", "or case furthest_step_number",
        ("ordered_two_half", "ordered_three_hour", "ordered_six_day"),
    ),
    "best: the latest times": (
        "_chained_steps", "min(stream.occurred_at) as step_", "max(stream.occurred_at) as step_", ("ordered_two",),
    ),
    "null ids are a unit": (
        "funnel_units", "funnel.unit_key ~ ' is not null'", "'1 = 1'", ("any_three", "ordered_three"),
    ),
    "the funnel's filter is forgotten": (
        "funnel_units", "if funnel.filter else ''", "if false else ''", ("any_filter", "ordered_likes"),
    ),
    "the step's filter is forgotten": (
        "_condition", "{%- if step.filter -%}", "{%- if false -%}", ("any_filter", "ordered_phone_first"),
    ),
    "not: null is left out": (
        "_condition", "' or ' ~ column ~ ' is null)') -%}\n            {%- endif -%}\n        {%- else -%}",
        "' or 1 = 0)') -%}\n            {%- endif -%}\n        {%- else -%}", ("ordered_within", "ordered_open_aba"),
    ),
    "attribution: first is last": (
        "_unit_lives", "{%- if part.attribution == 'last' -%}", "{%- if part.attribution == 'first' -%}",
        ("any_two", "ordered_three"),
    ),
    "attribution: the highest of tied values": (
        "_unit_lives", "            min(\n                case\n                    when best.step_",
        "            max(\n                case\n                    when best.step_", ("any_two", "any_several"),
    ),
    "attribution: a named step is any step": (
        "_unit_lives", "part.attribution is string or part.attribution.step == step.step", "true",
        ("any_named", "ordered_nulls"),
    ),
    "attribution: all counts units without a value out": (
        "funnel_unit_segments", "left join segments", "inner join segments", ("any_two", "any_several"),
    ),
    "day: of the last event, not of the first": (
        "_unit_lives", "order by first_event_at, business_date", "order by first_event_at desc, business_date",
        ("any_two", "ordered_two"),
    ),
    "day: in UTC, whatever the zone": (
        "_unit_lives", "shared_macros._literal(funnel.time_zone))) }}", "\"'UTC'\")) }}",
        ("any_three", "ordered_three_hour", "ordered_aba"),
    ),
    "pending: not at the edge": (
        "funnel_days", "{{ watermark }}) <= units.closes_at", "{{ watermark }}) < units.closes_at",
        ("ordered_zero", "any_zero", "ordered_four_second"),
    ),
    "pending: a unit that took all steps too": (
        "funnel_days", "}} < {{ funnel.steps | length }}", "}} <= {{ funnel.steps | length }}", ("any_two", "any_one"),
    ),
    "pending: until the window of the first entry": (
        "_unit_lives", "max(case when {{ may_enter }} then stream.occurred_at end)",
        "min(case when {{ may_enter }} then stream.occurred_at end)", ("any_one", "ordered_three_hour"),
    ),
    "pending: the waits do not count": (
        "_unit_lives", "{%- set has_waits = periods or", "{%- set has_waits = false and", ("ordered_max_waits",),
    ),
    "final: as soon as the day is over": (
        "funnel_days", "settle_days | round(0, 'ceil') | int", "-1",
        ("ordered_four_second", "strict_four_second", "any_two"),
    ),
    "final: days of users too": (
        "funnel_days", "{% if funnel.unit in ['session', 'application'] -%}", "{% if true -%}",
        ("any_three", "ordered_three"),
    ),
    "entered: under any order everybody": (
        "funnel_days", "is not null' if funnel.order == 'any' else '1 = 1'", "is not null or 1 = 1'", ("any_two",),
    ),
    "times: from the first step, not from the one before": (
        "funnel_unit_steps", "{%- for other in funnel.steps[:step.number - 1] | reverse -%}",
        "{%- for other in funnel.steps[:step.number - 1] -%}", ("any_three", "ordered_three"),
    ),
}  # fmt: skip
HARMLESS = "none: a space more"
"""Changes the text and not the meaning: the one mutant that must not be caught."""


@pytest.fixture(scope="module")
def copy() -> Iterator[Monorepo]:
    """A scratch copy of which each test breaks one macro."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        scratch = copy_monorepo(Path(folder), regions=["na"])
        yield scratch
        scratch.stop()


@pytest.mark.parametrize(("macro", "old"), [mutant[:2] for mutant in MUTANTS.values()], ids=list(MUTANTS))
def test_what_a_mutant_breaks_stands_in_the_engine(macro: str, old: str) -> None:
    """A rewrite of the engine takes its mutants along: the proofs, which need minutes, may not be run with it."""
    assert old in (ROOT / MACROS / f"{macro}.sql").read_text()


@pytest.mark.proof
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_rule_is_caught(copy: Monorepo, mutant: str) -> None:
    """The named definitions, on generated streams, differ from the reference where the rule is broken."""
    macro, old, new, names = MUTANTS[mutant]
    definitions = [definition for definition in DEFINITIONS if definition["funnel"] in names]
    assert len(definitions) == len(names), names
    with copy.restored(f"{MACROS}/{macro}.sql"):
        copy.edit(f"{MACROS}/{macro}.sql", (old, new))
        with integration_project(copy) as project:
            wrong = []
            for size in SIZES:
                events = make_streams(size, Random(SEED))  # noqa: S311  a test's own numbers, no secrets
                fill_events(project, events)
                answer(project, definitions)
                wrong += [said for definition in definitions for said in differences(project, definition, events)]
    assert bool(wrong) is (mutant != HARMLESS), wrong[:3]
