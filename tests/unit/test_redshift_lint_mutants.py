"""What must never get into the shared package is planted in a copy of it, and the lint's command says where it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.monorepo import Monorepo, copy_monorepo

PACKAGE = "packages/shared_macros"
NO_HUB = {"DBT_PACKAGE_HUB_URL": "http://127.0.0.1:9/"}


FILTER = "count(*) filter (where true) as event_count"
DISTINCT_ON = "select distinct on (event_id) * from events"
STRING_AGG = "string_agg(load_id, ',')"
SAMPLE = "tablesample system (10)"
SERIES = "generate_series(0, 9) as tens (digit)"
TEXT = "text) as step"
DIV = "div({{ denominator }}, 1)"

SESSIONS = f"{PACKAGE}/models/sessions/int_sessions_agg.sql"
EVENTS = f"{PACKAGE}/models/canonical/canonical_events.sql"
ORDERS = f"{PACKAGE}/models/canonical/canonical_orders.yml"
APPLICATIONS = f"{PACKAGE}/models/canonical/canonical_applications.sql"
PUBLICATION = f"{PACKAGE}/models/publication/product_funnel_publication.sql"
FUNNEL = f"{PACKAGE}/models/funnel/agg_funnel_steps.sql"
CALENDAR = f"{PACKAGE}/macros/sql/calendar_days.sql"
DAILY = f"{PACKAGE}/macros/funnel/funnel_days.sql"
DAYS = f"{PACKAGE}/models/funnel/agg_funnel_days.sql"
DIVIDE = "packages/dbt_utils_standin/macros/sql/safe_divide.sql"
KEYS = "projects/phoenix/dbt_project.yml"
SETTINGS = f"{PACKAGE}/dbt_project.yml"
WRONG_SORT, WRONG_DIST = "published_day", "order_key"
NOW = f"{PACKAGE}/macros/sql/current_utc.sql"


def _plant(copy: Monorepo) -> None:
    copy.edit(SESSIONS, ("count(*) as event_count", FILTER))
    copy.edit(EVENTS, ("select * from events", DISTINCT_ON))
    copy.edit(
        PUBLICATION,
        ("{{ dbt.listagg('load_id', \"','\", 'order by load_id') }}", STRING_AGG),
        ("        select * from {{ this }}\n", f"        select * from {{{{ this }}}} {SAMPLE}\n"),
    )
    copy.edit(CALENDAR, ("digits as tens", SERIES))
    copy.edit(DAILY, ("varchar(64)) as step", TEXT))
    copy.edit(DIVIDE, ("nullif({{ denominator }}, 0)", DIV))
    copy.edit(ORDERS, ("data_type: varchar(32)", "data_type: text"))
    copy.edit(APPLICATIONS, ("with history as (", "{%- do run_query('select 1') -%}\nwith history as ("))
    copy.edit(
        KEYS, ("+dist: order_id\n        +sort: [ordered_at]", f"+dist: {WRONG_DIST}\n        +sort: [ordered_at]")
    )
    copy.edit(SETTINGS, ("+schema: published\n", f"+schema: published\n      +sort: [{WRONG_SORT}]\n"))
    variant = "{%- macro postgres__current_utc() -%}\nnow()\n{%- endmacro -%}\n\n{%- macro redshift__"
    copy.edit(NOW, ("{%- macro redshift__", variant))


@dataclass(frozen=True)
class Linted:
    """What the command said of the copy: its exit code and its findings."""

    copy: Monorepo
    exit_code: int
    found: list[dict[str, Any]]

    def at(self, path: str, text: str) -> str:
        """Return path:line:column of a text that stands once in a file of the copy."""
        content = (self.copy.root / path).read_text()
        assert content.count(text) == 1, f"{text!r} stands {content.count(text)} times in {path}"
        before = content[: content.index(text)]
        return f"{path}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"

    def where(self, code: str) -> set[tuple[str | None, str, str]]:
        """Return the findings of a rule: the node, its place, and the place in the macro."""
        found = [one for one in self.found if one["code"] == code]
        return {(one["node"], _spot(one), _spot(one["macro"]) if one["macro"] else "") for one in found}


def _spot(place: dict[str, Any]) -> str:
    return f"{place['path']}:{place['line']}:{place['column']}"


@pytest.fixture(scope="module")
def linted(tmp_path_factory: pytest.TempPathFactory) -> Linted:
    """The command's answer on a copy of Phoenix in which all mutants live together."""
    copy = copy_monorepo(tmp_path_factory.mktemp("mutants"), regions=["phoenix"])
    _plant(copy)
    done = copy.cli("redshift-lint", "phoenix", "--json", **NO_HUB)
    assert done.stderr == ""
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return Linted(copy, done.returncode, found)


def test_mutants_of_models_are_caught_at_their_lines(linted: Linted) -> None:
    """What is written in a model is reported at its line and column there, in whichever branch it stands."""
    assert linted.exit_code == 1
    assert linted.where("RS105") == {("int_sessions_agg", linted.at(SESSIONS, "filter (where true)"), "")}
    assert linted.where("RS107") == {("canonical_events", linted.at(EVENTS, "distinct on"), "")}
    assert linted.where("RS118") == {("product_funnel_publication", linted.at(PUBLICATION, SAMPLE), "")}
    branches = {one["code"]: one["branches"] for one in linted.found}
    assert branches["RS118"] == ["incremental"]
    assert branches["RS105"] == ["first build", "incremental"]


def test_mutants_of_macros_are_caught_at_both_lines(linted: Linted) -> None:
    """What a macro writes is reported at its line and at the call in the model; loops and nested macros too."""
    loop = linted.at(DAYS, "{{ funnel }} as (")  # a call in a loop is placed where the loop begins to write
    assert linted.where("RS103") == {("agg_funnel_days", loop, linted.at(CALENDAR, "generate_series(0"))}
    in_macro = ("agg_funnel_days", loop, linted.at(DAILY, TEXT))
    assert linted.where("RS203") == {in_macro, ("canonical_orders", linted.at(ORDERS, "text\n"), "")}
    functions = linted.where("RS101")
    call = linted.at(FUNNEL, "{{ shared_macros.funnel_drop_offs")
    assert ("agg_funnel_steps", call, linted.at(DIVIDE, "div(")) in functions
    assert ("product_funnel_publication", linted.at(PUBLICATION, "string_agg"), "") in functions
    assert {node for node, _, _ in functions} == {
        "agg_funnel_steps", "agg_product_funnel", "product_funnel_publication", "published_funnel_steps",
        "published_product_funnel", "product_funnel_by_publication", "agg_funnel_days", "agg_funnel_changes",
        "agg_funnel_segments", "agg_funnel_influence",
    }  # fmt: skip


def test_mutants_without_sql_are_caught(linted: Linted) -> None:
    """A node that asks the warehouse while dbt compiles, and a postgres__ variant, are findings; the rest is linted."""
    assert linted.where("RS902") == {("canonical_applications", f"{APPLICATIONS}:1:1", "")}
    assert linted.where("RS401") == {(None, linted.at(NOW, "postgres__current_utc"), "")}


def test_wrong_keys_are_caught(linted: Linted) -> None:
    """A distribution or sort key that is no column is reported where it is configured, region or package."""
    wrong_sort = linted.at(SETTINGS, WRONG_SORT)
    assert linted.where("RS402") == {
        ("canonical_orders", linted.at(KEYS, WRONG_DIST), ""),
        ("published_funnel_steps", wrong_sort, ""),
        ("published_product_funnel", wrong_sort, ""),
        ("product_funnel_by_publication", wrong_sort, ""),
    }


def test_nothing_else_is_said(linted: Linted) -> None:
    """The findings are those of the mutants and no others: the rest of Phoenix is clean."""
    codes = {finding["code"] for finding in linted.found}
    assert codes == {"RS101", "RS103", "RS105", "RS107", "RS118", "RS203", "RS401", "RS402", "RS902"}
    assert all(finding["remedy"] and finding["exact"] for finding in linted.found)


@pytest.mark.proof
def test_every_region_as_it_stands_is_judged(tmp_path: Path) -> None:
    """The command takes any region: Phoenix, which goes live on Redshift, is clean; the others are judged too."""
    copy = copy_monorepo(tmp_path)
    done = copy.cli("redshift-lint", "phoenix", **NO_HUB)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.splitlines()[-1].endswith("2 branches, 0 findings, 0 allowances")
    others = [region.name for region in (copy.root / "projects").iterdir() if region.name != "phoenix"]
    done = copy.cli("redshift-lint", *others, **NO_HUB)
    assert done.returncode in (0, 1), done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines() if "2 branches" in line] == others
