"""What a comparison reads: a region's declarations, its newest build, its manifest, and sums of two marts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import expressions

from dbt_regions.artifacts import DeclaredMeta, FunnelFacts, RelationName, read_funnel_facts
from dbt_regions.compare import Period
from dbt_regions.compare.declarations import read_declarations
from dbt_regions.compare.reading import _newest_build, read_region_state, statements
from dbt_regions.domain import Region
from dbt_regions.errors import RequestError

CUT = Period(date(2024, 5, 1), date(2024, 5, 7))
TO_DATE = Period()
TYPES = {"stg_events": ["page_view", "checkout"], "stg_applications": ["bound"]}


@pytest.mark.parametrize(
    ("model", "meta", "words"),
    [
        ("stg_events", {"business_day": "Mars/Olympus"}, ("'Mars/Olympus'", "'Europe/Berlin'", "'visitor'")),
        ("stg_events", {"business_day": 1}, ("business_day is 1", "IANA")),
        ("stg_events", {"not_provided_event_types": ["shipped"]}, ("['shipped']", "a list of page_view, checkout")),
        ("stg_events", {"not_provided_event_types": "checkout"}, ("'checkout'", "a list of page_view, checkout")),
        ("stg_applications", {"not_provided_event_types": ["checkout"]}, ("a list of bound",)),
        (
            "stg_events",
            {"not_provided_steps": ["cart"]},
            ("not_provided_steps is no field", "not_provided_event_types"),
        ),
        ("stg_applications", {"business_day": "UTC"}, ("at stg_events only",)),
    ],
)
def test_a_wrong_declaration_names_file_field_and_allowed_values(
    model: str, meta: Mapping[str, Any], words: Sequence[str]
) -> None:
    """One message names the YAML file, the field and what is allowed."""
    with pytest.raises(RequestError) as error:
        read_declarations({model: DeclaredMeta(f"models/staging/{model}.yml", meta)}, TYPES, "eu")
    field = next(iter(meta))
    for word in (f"projects/eu/models/staging/{model}.yml: config.meta.{field}", *words):
        assert word in str(error.value)


def test_whose_day_a_funnel_counts_by() -> None:
    """A funnel's own zone comes first, applications count by UTC, sessions by what the region says."""
    inputs = {"stg_events": DeclaredMeta("f", {"business_day": "visitor", "not_provided_event_types": ["checkout"]})}
    declared = read_declarations(inputs, TYPES, "apac")
    assert declared.day_of({}, "events") == "visitor"
    assert declared.day_of({"time_zone": "UTC"}, "events") == "UTC"
    assert declared.day_of({}, "application_events") == "UTC"
    assert declared.not_sent_in("events") == {"checkout"}
    assert declared.not_sent_in("application_events") == frozenset()
    assert read_declarations({}, TYPES, "apac").day_of({}, "events") is None


def facts() -> FunnelFacts:
    """Return facts whose marts lie in the schema analytics."""
    days, amounts = (RelationName("na", "analytics", name) for name in ("agg_funnel_days", "agg_funnel_amounts"))
    return FunnelFacts(days, amounts, "premium", TYPES, (), {}, {})


@pytest.mark.parametrize("period", [TO_DATE, CUT])
def test_only_sums_of_the_marts_leave_a_region(period: Period) -> None:
    """Each query reads one mart and gives no column that identifies a unit or a user, nor a single day."""
    asked = [sqlglot.parse_one(text, read="postgres") for text in statements(facts(), period)]
    assert [[t.name for t in query.find_all(expressions.Table)] for query in asked] == [
        ["agg_funnel_days"],
        ["agg_funnel_amounts"],
    ]
    given = {column for query in asked for column in query.named_selects}  # type: ignore[attr-defined]  # sqlglot's select has it
    assert not {column for column in given if column.endswith("_id") or column == "unit_date"}, given
    assert bool(asked[0].find(expressions.Where)) == period.is_cut


def test_the_newest_build_that_came_to_its_marts_counts(tmp_path: Path) -> None:
    """A later build that failed early changes nothing and is named, as a failed test is; other targets are others."""
    runs = tmp_path / "build" / "na" / "runs"
    for name, target, marts, test in (("1", "embedded", True, "passed"), ("2", "embedded", True, "failed"),
                                      ("3", "embedded", False, "skipped"), ("4", "prod", True, "passed")):  # fmt: skip
        (runs / name / "run").mkdir(parents=True)
        stages = [{"name": "run", "status": "passed"}, {"name": "test", "status": test}]
        summary = {"target": target, "stages": stages, "first_error": f"error of {name}"}
        (runs / name / "summary.json").write_text(json.dumps(summary))
        if marts:
            (runs / name / "run" / "manifest.json").write_text('{"nodes": {}, "metadata": {"project_name": "na"}}')
    (runs / "5" / "run").mkdir(parents=True)  # it runs now, and has no summary yet
    build, other = _newest_build(runs, "na", "embedded"), _newest_build(runs, "na", "prod")
    assert build is not None
    assert build.folder == runs / "2" / "run"
    assert build.warnings == (
        "na: a later build failed and changed nothing here (error of 3)",
        "na: the figures are untested, the build that left them failed (error of 2)",
    )
    assert other is not None
    assert (other.folder, other.warnings) == (runs / "4" / "run", ())


def test_a_region_without_marts_says_what_to_do(tmp_path: Path) -> None:
    """A region that was never built for the target, or before there were marts, says the command that helps."""
    na = Region("na", tmp_path, "team", "a@b.c", ())
    state = read_region_state(tmp_path, tmp_path, na, "dev", TO_DATE)
    assert state.absent == "was never built for target dev: dbt-regions build na --target dev"
    state = read_region_state(tmp_path, tmp_path, na, "embedded", TO_DATE)
    assert state.absent == "keeps its raw tables elsewhere: compare with --target prod"
    run = tmp_path / "build" / "na" / "runs" / "1"
    (run / "run").mkdir(parents=True)
    (run / "summary.json").write_text('{"target": "embedded", "stages": [], "first_error": null}')
    (run / "run" / "manifest.json").write_text('{"nodes": {}, "metadata": {"project_name": "na"}}')
    state = read_region_state(tmp_path, tmp_path, na, "embedded", TO_DATE)
    assert state.absent == "was built before there were marts to compare: dbt-regions build na"


def macro(name: str, text: str, *calls: str) -> Mapping[str, Any]:
    """Return a macro as a manifest has it."""
    depends = {"macros": [f"macro.shared_macros.{call}" for call in calls]}
    return {"name": name, "package_name": "shared_macros", "macro_sql": text, "depends_on": depends}


def code_of(folder: Path, **texts: str) -> Mapping[str, str]:
    """Return the digests that a manifest with these texts of macros gives for the funnel."""
    macros = [
        macro("funnel_days", texts.get("days", "days"), texts.get("variant", "default__bound")),
        macro("bound", "dispatch"),
        macro("default__bound", texts.get("default", "least")),
        macro("redshift__bound", "lowest"),
        macro("shop", texts.get("shop", "the definition")),
        macro("other", texts.get("other", "called by none")),
    ]
    calls = {"macros": ["macro.shared_macros.funnel_days", "macro.shared_macros.shop"]}
    node = {"name": "agg_funnel_days", "raw_code": "select", "depends_on": calls, "config": {},
            "database": "na", "schema": "s", "alias": "d"}  # fmt: skip
    meta = {"event_types": {}, "funnels": [{"definition": {"funnel": "shop"}, "stream": "events"}]}
    amounts = {**node, "name": "agg_funnel_amounts", "config": {"meta": meta}}
    nodes = {f"model.shared_macros.{n['name']}": n for n in (node, amounts)}
    manifest = {
        "nodes": nodes,
        "metadata": {"project_name": "na"},
        "macros": {f"macro.shared_macros.{m['name']}": m for m in macros},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    found = read_funnel_facts(folder)
    assert found is not None
    return found.code["shop"]


def test_code_is_what_makes_the_figures(tmp_path: Path) -> None:
    """A model or a macro that makes the figures, at any depth, tells regions apart.

    Comments, layout, the warehouse's variant, other macros and definitions, which are compared as data, do not.
    """
    plain = code_of(tmp_path)
    assert set(plain) == {"agg_funnel_days", "funnel_days", "bound"}
    assert code_of(tmp_path, days="{# words #}\n  days ") == plain
    assert code_of(tmp_path, variant="redshift__bound") == plain
    assert code_of(tmp_path, other="else", shop="another") == plain
    assert code_of(tmp_path, days="daily")["funnel_days"] != plain["funnel_days"]
    assert code_of(tmp_path, default="greatest")["bound"] != plain["bound"]
