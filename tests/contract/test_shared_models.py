"""Rules of the shared package's models and snapshots: described, tested, in order, each in the house form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from support.lint_exceptions import Refuse
from support.repo import PROJECTS, ROOT, SHARED, SHARED_NAME, ParsedProject, without_comments
from support.shared_package import declared_inputs

LONGEST_MODEL = 150
READS = {
    "history": {"inputs", "history", "gate"},
    "gate": {"inputs", "history", "gate"},
    "snapshots": {"inputs", "history"},
    "canonical": {"inputs", "history", "snapshots"},
    "sessions": {"canonical"},
    "funnel": {"canonical", "sessions", "funnel", "history"},
    "publication": {"funnel", "publication", "history"},
}
"""Which folders a folder's models may read; of `history` those are the load manifest and the gate's decisions, for the
ledger of restatements and increments of funnels the arrivals of events; an archive is read by what is made of it."""


def _model_files() -> Iterator[Path]:
    folders = [SHARED / "models", *PROJECTS.glob("*/models")]
    yield from (file for folder in folders for file in sorted(folder.rglob("*.sql")))


def _folder(node: Mapping[str, Any]) -> str:
    parts = Path(node["original_file_path"]).parts
    return "snapshots" if node["resource_type"] == "snapshot" else parts[1]


def test_each_model_has_its_yaml_beside_it(refuse: Refuse) -> None:
    """`x.sql` stands with `x.yml`, where its description, columns and tests are."""
    wrong = [str(file.relative_to(ROOT)) for file in _model_files() if not file.with_suffix(".yml").is_file()]
    refuse("Write the YAML file of the same name beside it:", wrong)


def test_each_model_has_the_house_form(refuse: Refuse) -> None:
    """A model begins with one sentence on its grain and ends with `select * from final`."""
    wrong = []
    for file in _model_files():
        text = file.read_text(encoding="utf-8")
        wrong += [] if text.startswith("-- One row ") else [f"{file.relative_to(ROOT)}: begin with `-- One row a ...`"]
        form = re.search(r"\bfinal as \(.*\)\s*select \* from final\s*$", without_comments(text), re.DOTALL)
        wrong += [] if form else [f"{file.relative_to(ROOT)}: end with the CTE `final` and `select * from final`"]
    refuse("Give the model the house form:", wrong)


def test_models_are_short(refuse: Refuse) -> None:
    """A model has at most 150 lines that are not blank."""
    wrong = []
    for file in _model_files():
        lines = sum(bool(line.strip()) for line in file.read_text(encoding="utf-8").splitlines())
        wrong += [f"{file.relative_to(ROOT)}: {lines}"] if lines > LONGEST_MODEL else []
    refuse("Split the model at a CTE that has a name of its own:", wrong)


def test_models_run_no_query_while_compiling(refuse: Refuse) -> None:
    """No model calls run_query or a statement block: what it selects is known before it runs."""
    bare = re.compile(r"\brun_query\b|\bcall statement\b|\bget_column_values\b")
    wrong = [
        str(f.relative_to(ROOT)) for f in _model_files() if bare.search(without_comments(f.read_text(encoding="utf-8")))
    ]
    refuse("Compute it in SQL:", wrong)


def test_every_node_is_described(neutral: ParsedProject, refuse: Refuse) -> None:
    """Each model and snapshot of the package has a description, and so has each of its columns."""
    wrong = []
    for node in neutral.nodes(SHARED_NAME, "model", "snapshot", "seed"):
        wrong += [] if node["description"] else [f"{node['name']}: description"]
        wrong += [] if node["columns"] else [f"{node['name']}: columns"]
        wrong += [f"{node['name']}.{name}" for name, column in node["columns"].items() if not column["description"]]
    refuse("Describe it in the YAML file beside it, with unit, grain and the meaning of null:", wrong)


def test_contracts_are_enforced(neutral: ParsedProject, refuse: Refuse) -> None:
    """Each canonical model and each table that only grows has an enforced contract with exact types."""
    wrong = []
    for node in neutral.nodes(SHARED_NAME, "model"):
        bound = _folder(node) == "canonical" or _only_grows(node)
        wrong += [node["name"]] if bound and not node["config"]["contract"]["enforced"] else []
        loose = [
            c["name"] for c in node["columns"].values() if c["data_type"] in {"text", "varchar", "numeric", "string"}
        ]
        wrong += [f"{node['name']}.{name}: write length or scale" for name in loose]
    refuse("Set `contract: {enforced: true}` and exact data types:", wrong)


def _only_grows(node: Mapping[str, Any]) -> bool:
    """Whether a table keeps what can't be had again: every incremental one but the units of funnels."""
    return node["config"]["materialized"] == "incremental" and _folder(node) != "funnel"


def test_tables_that_only_grow_are_never_rebuilt(neutral: ParsedProject, refuse: Refuse) -> None:
    """Each incremental model appends, but a history of an archive; --full-refresh and a lost column change nothing."""
    wrong = []
    for node in neutral.nodes(SHARED_NAME, "model"):
        config = node["config"]
        of_an_archive = any(parent.endswith("_archive") for parent in node["depends_on"]["nodes"])
        safe = (
            config["full_refresh"] is False
            and config["incremental_strategy"] == ("delete+insert" if of_an_archive else "append")
            and config["on_schema_change"] in {"fail", "append_new_columns"}
        )
        wrong += [node["name"]] if _only_grows(node) and not safe else []
    repair = "Set full_refresh false, incremental_strategy append, on_schema_change fail or append_new_columns:"
    refuse(repair, wrong)


def test_every_model_has_a_unit_test(neutral: ParsedProject, refuse: Refuse) -> None:
    """Each model of the package is tested with given and expected rows."""
    tested = {test["model"] for test in neutral.manifest["unit_tests"].values() if test["package_name"] == SHARED_NAME}
    wrong = [node["name"] for node in neutral.nodes(SHARED_NAME, "model") if node["name"] not in tested]
    refuse("Write `unit_tests` in the model's YAML file:", wrong)


def test_every_model_has_a_key(neutral: ParsedProject, refuse: Refuse) -> None:
    """Each table of the package has a data test of what makes a row one row; a view shows a table that has one."""
    keys = {"unique", "unique_combination_of_columns"}
    keyed = {
        n["attached_node"] for n in neutral.nodes(SHARED_NAME, "test") if n.get("test_metadata", {}).get("name") in keys
    }
    tables = [n for n in neutral.nodes(SHARED_NAME, "model") if n["config"]["materialized"] in {"table", "incremental"}]
    wrong = [node["name"] for node in tables if node["unique_id"] not in keyed]
    refuse("Add `unique` or `dbt_utils.unique_combination_of_columns` to its YAML:", wrong)


def test_models_read_in_one_direction(neutral: ParsedProject, refuse: Refuse) -> None:
    """Inputs, snapshots, canonical, sessions, funnel, publication: no model skips back."""
    wrong = []
    nodes = neutral.manifest["nodes"]
    for node in neutral.nodes(SHARED_NAME, "model", "snapshot"):
        folder = _folder(node)
        for parent in node["depends_on"]["nodes"]:
            read = _folder(nodes[parent]) if nodes[parent]["package_name"] == SHARED_NAME else "inputs"
            wrong += (
                []
                if read in READS.get(folder, set())
                else [f"{folder}/{node['name']} reads {read}/{nodes[parent]['name']}"]
            )
    refuse(f"Read the stage before; a folder may read {READS}:", wrong)


def test_the_package_reads_declared_inputs_only(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """Of a region the package reads the models of its one list of inputs, no source and no other model."""
    wrong = [
        f"projects/{name}: {node['name']} reads {parent}"
        for name, project in regions.items()
        for node in project.nodes(SHARED_NAME, "model", "snapshot", "test")
        for parent in node["depends_on"]["nodes"]
        if parent.split(".")[1] == name and parent not in {f"model.{name}.{wanted}" for wanted in declared_inputs()}
    ]
    refuse("Read a declared input, or add this one to declared_inputs and to every region:", wrong)


def test_snapshots_are_configured_once(neutral: ParsedProject, refuse: Refuse) -> None:
    """Each snapshot takes the one canonical configuration: check strategy, deletes as records, a valid-to sentinel."""
    wanted = {
        "strategy": "check",
        "check_cols": "all",
        "hard_deletes": "new_record",
        "dbt_valid_to_current": "cast('9999-12-31' as timestamp)",
        "schema": "snapshots",
    }
    own = {"unique_key"}
    wrong = []
    for node in neutral.nodes(SHARED_NAME, "snapshot"):
        wrong += [
            f"{node['name']}: {k} {node['config'].get(k)!r}" for k, v in wanted.items() if node["config"].get(k) != v
        ]
        file = (SHARED / node["original_file_path"]).read_text(encoding="utf-8")
        wrong += [
            f"{node['name']}: {key} stands in its own file" for key in wanted if f"{key}:" in file and key not in own
        ]
    refuse(f"Configure snapshots in packages/shared_macros/dbt_project.yml only, as {wanted}:", wrong)
