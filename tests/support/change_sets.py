"""Changes of the monorepo, each with what it touches: regions, nodes of each, and whether the comparison moves."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from support.repo import link_packages
from support.seeded_drifts import copy_as

SHARED = "packages/shared_macros"
SNAPSHOT_MACROS = f"{SHARED}/macros/snapshot"
BOTH = ("na", "phoenix")
FUNNEL = f"{SHARED}/models/funnel/agg_product_funnel"
GATES = {f"gate_{name}" for name in ("application_changes", "applications", "events", "order_changes", "orders")}
SNAPSHOTS = {"application_snapshot", "order_snapshot"}


@dataclass(frozen=True)
class ChangeSet:
    """A change and its effect; `nodes` are those that change in each touched region, without their package.

    With `more`, others may change beside them; `never` are nodes that must not.
    """

    make: Callable[[Path], None]
    regions: tuple[str, ...] = ()
    nodes: Collection[str] = ()
    comparison: bool = False
    more: bool = False
    never: Collection[str] = ()

    def nodes_are(self, found: Collection[str]) -> bool:
        """Whether exactly the expected nodes were found in a region."""
        names = {name.partition(".")[2] for name in found}
        wanted = set(self.nodes)
        return (wanted <= names if self.more else wanted == names) and not names & set(self.never)


def edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace a text, which must be there, in a file."""

    def make(root: Path) -> None:
        text = (root / file).read_text()
        assert old in text, f"{file} does not contain {old!r}"
        (root / file).write_text(text.replace(old, new))

    return make


def add(file: str, text: str) -> Callable[[Path], None]:
    """Write a text at the end of a file."""

    def make(root: Path) -> None:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        with (root / file).open("a", encoding="utf-8") as handle:
            handle.write(text)

    return make


def all_of(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    """Make several changes."""

    def make(root: Path) -> None:
        for change in changes:
            change(root)

    return make


def indent(file: str) -> Callable[[Path], None]:
    """Indent every line of a file otherwise."""

    def make(root: Path) -> None:
        text = (root / file).read_text()
        (root / file).write_text(re.sub(r"(?m)^(?=\S)", "  ", text) + "\n\n")

    return make


def new_region(root: Path) -> None:
    """Copy na under another name."""
    link_packages(copy_as(root / "projects", "na", "latam"), root / "packages")


def remove_region(root: Path) -> None:
    """Delete phoenix."""
    shutil.rmtree(root / "projects/phoenix")


CHANGE_SETS: Mapping[str, ChangeSet] = {
    "a page of the docs": ChangeSet(add("docs/rules/page.md", "More.\n")),
    "a test": ChangeSet(add("tests/test_new.py", "# nothing\n")),
    "a new README": ChangeSet(add("README.md", "# Readme\n")),
    "a comment in a shared model": ChangeSet(edit(f"{FUNNEL}.sql", "-- One row", "-- Just one row")),
    "a comment in a shared macro": ChangeSet(add(f"{SHARED}/macros/sql/rate.sql", "{# of what? #}\n")),
    "indentation of a shared model": ChangeSet(indent(f"{FUNNEL}.sql")),
    "a description": ChangeSet(edit(f"{FUNNEL}.yml", "One row a day,", "Just one row a day,")),
    "a comment in a region's settings": ChangeSet(add("projects/na/dbt_project.yml", "# a word\n")),
    "a comment in a deployment": ChangeSet(add("projects/na/deployment.yml", "# a word\n")),
    "a shared model": ChangeSet(
        edit(f"{FUNNEL}.sql", "select * from final", "select * from final where 1 = 1"), BOTH, {"agg_product_funnel"}
    ),
    "a macro of one model": ChangeSet(
        edit(f"{SHARED}/macros/funnel/product_funnel_wide.sql", "select", "select distinct"), BOTH,
        {"agg_product_funnel"}, more=True, never={"agg_funnel_days", "fct_product_funnel", *GATES, *SNAPSHOTS},
    ),
    "the variant of Postgres": ChangeSet(
        edit(f"{SHARED}/macros/sql/current_utc.sql", "cast(current_timestamp", "cast(now()"), ("na",),
        {"load_manifest"}, comparison=True, more=True,
    ),
    "the variant of Redshift": ChangeSet(
        edit(f"{SHARED}/macros/sql/current_utc.sql", "getdate()\n", "sysdate\n"), ("phoenix",),
        {"load_manifest"}, comparison=True, more=True,
    ),
    "a mapping": ChangeSet(
        add("projects/na/models/staging/stg_orders.sql", "where 1 = 1\n"), ("na",), {"stg_orders"}
    ),
    "an exposure": ChangeSet(
        edit("projects/na/models/staging/_exposures.yml", "maturity: ", "maturity: low # "), ("na",),
        {"na_product_analytics"},
    ),
    "a job": ChangeSet(edit("projects/na/deployment.yml", "30 4", "35 4"), ("na",)),
    "a profile": ChangeSet(edit("projects/na/profiles.yml", "threads: 4", "threads: 3"), ("na",)),
    "generated data": ChangeSet(add("projects/phoenix/sample/web_events.sql", "-- other\n"), ("phoenix",)),
    "a limit of the gate": ChangeSet(
        add("projects/na/dbt_project.yml", "\nvars:\n  gate_limits: {stg_events: {late_hours: 2}}\n"), ("na",),
        GATES, comparison=True, more=True, never={"agg_funnel_days"},
    ),
    "a limit of the gate, by package": ChangeSet(
        add("projects/na/dbt_project.yml", "\nvars:\n  shared_macros: {gate_limits: {stg_events: {late_hours: 2}}}\n"),
        ("na",), GATES, comparison=True, more=True, never={"agg_funnel_days"},
    ),
    "a variable that nothing reads": ChangeSet(add("projects/na/dbt_project.yml", "\nvars: {unread: 1}\n")),
    "a distribution key": ChangeSet(
        edit("projects/phoenix/dbt_project.yml", "      agg_funnel_days:\n        +dist: all",
             "      agg_funnel_days:\n        +dist: even"), ("phoenix",), {"agg_funnel_days"}, comparison=True,
    ),
    "no dispatch": ChangeSet(
        edit("projects/na/dbt_project.yml", "order: [shared_macros]", "order: [na, shared_macros]"),
        ("na",), {"agg_funnel_days", "stg_orders", *GATES, *SNAPSHOTS}, comparison=True, more=True,
    ),
    "a hook of all snapshots": ChangeSet(
        edit(f"{SHARED}/dbt_project.yml", "+hard_deletes: new_record", "+hard_deletes: invalidate"), BOTH, SNAPSHOTS,
        comparison=True,
    ),
    "a macro that only hooks call": ChangeSet(
        edit(f"{SNAPSHOT_MACROS}/gate_pre_hook.sql", "{%- endmacro", "{{ '' }}{%- endmacro"), BOTH,
        SNAPSHOTS, comparison=True, more=True, never={"agg_funnel_days"},
    ),
    "a materialization": ChangeSet(
        edit(f"{SNAPSHOT_MACROS}/materialization_gate_default.sql", "{%- endmacro", "{{ '' }}{%- endmacro"),
        BOTH, GATES, never=SNAPSHOTS, more=True,
    ),
    "a macro in the place of dbt's own": ChangeSet(
        edit(f"{SNAPSHOT_MACROS}/snapshot_get_time.sql", "{%- endmacro", "{{ '' }}{%- endmacro"), BOTH,
        SNAPSHOTS, comparison=True, more=True, never={"agg_funnel_days"},
    ),
    "a macro of dbt_utils": ChangeSet(
        edit("packages/dbt_utils_standin/macros/sql/safe_divide.sql", "nullif", "NULLIF"), BOTH, {"agg_funnel_days"},
        comparison=True, more=True, never={"load_manifest", *SNAPSHOTS},
    ),
    "what a source declares": ChangeSet(
        edit("projects/phoenix/models/staging/_web__sources.yml", "field: event_at", "field: loaded_at"),
        ("phoenix",), {"web", "load_manifest"}, comparison=True, more=True, never={"agg_funnel_days"},
    ),
    "a pin of dbt": ChangeSet(edit("requirements.txt", "1.11.16", "1.11.17"), BOTH),
    "a new region": ChangeSet(new_region, ("latam",), comparison=True),
    "a region gone": ChangeSet(remove_region, comparison=True),
    "a mapping and a page": ChangeSet(
        all_of(add("projects/na/models/staging/stg_events.sql", "where 1 = 1\n"), add("docs/rules/page.md", "x\n")),
        ("na",), {"stg_events"}, comparison=True,
    ),
}  # fmt: skip
FEW = ("a page of the docs", "a shared model", "the variant of Redshift", "a limit of the gate")
