"""Rules of the shared package's macros: one a file, documented, prefixed, dispatched with reason, calling downwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.lint_exceptions import Refuse
from support.repo import SHARED, SHARED_NAME, ParsedProject, read_yaml, region_names, without_comments
from support.shared_package import JINJA, Macro, jinja_of, package_files, read_macros

LONGEST_MACRO_FILE = 120
CALLS = {
    "generic_tests": {"funnel", "snapshot", "canonical", "sql"},
    "funnel": {"canonical", "sql"},  # days are the canonical business dates
    "snapshot": {"canonical", "sql"},  # the gate judges an input by the canonical contract and its list of inputs
    "canonical": {"sql"},
    "sql": set(),
}
"""Which subjects a subject's macros may call, besides their own."""
OUTSIDE_THE_SHARED_DIALECT = (
    r"\bfilter\s*\(\s*where", r"\bdistinct\s+on\b", r"\blateral\b", r"\bgenerate_series\b", r"\barray\s*\[",
    r"\barray_agg\b",     r"\bdate_spine\b", r"\btype_string\b", r"\brange\s+between\b", r"::", r"\)\s+over\s+[a-z]",
)  # fmt: skip
"""What Postgres and Redshift do not both have (DESIGN: warehouses and packages)."""
PROVEN_END_TO_END = frozenset(
    {
        "accept_load",
        "arrivals",
        "funnel_days",
        "funnel_rates",
        "funnel_unit_segments",
        "funnel_unit_steps",
        "funnel_units",
        "funnel_units_config",
        "funnel_units_increment",
        "gate",
        "gate_pre_hook",
        "history_differences",
        "replay",
        "restating_events",
        "snapshot_get_time",
        "widen_columns",
        "writer_lock",
        "writer_lock_check",
    }
)
"""Macros that need a whole build: tests/e2e breaks one for each of their findings, or counts anew what they give."""


@pytest.fixture(scope="module")
def macros() -> tuple[Macro, ...]:
    """Every macro of the package."""
    return read_macros()


def _place(macro: Macro) -> str:
    return f"{macro.file.relative_to(SHARED)}: {macro.name}"


def test_one_public_macro_a_file(macros: tuple[Macro, ...], refuse: Refuse) -> None:
    """A file holds one public macro and is called as it; a file of private ones begins with an underscore."""
    wrong = []
    for file in sorted({macro.file for macro in macros}):
        public = [macro for macro in macros if macro.file == file and macro.is_public]
        private_file = file.stem.startswith("_") and not public
        named = len(public) == 1 and file.stem in {public[0].name, public[0].dbt_name}
        wrong += [] if private_file or named else [f"{file.relative_to(SHARED)}: {[macro.name for macro in public]}"]
    refuse("Give each public macro a file of its name (private names begin with _):", wrong)


def test_every_public_macro_is_described(macros: tuple[Macro, ...], neutral: ParsedProject, refuse: Refuse) -> None:
    """Each public macro and argument has a description, which says what is returned, and each argument its type."""
    documented = {m["name"]: m for m in neutral.manifest["macros"].values() if m["package_name"] == SHARED_NAME}
    wrong = []
    for macro in macros:
        if not macro.is_public or macro.kind == "materialization":
            continue
        entry = documented[macro.dbt_name]
        arguments = {argument["name"]: argument for argument in entry["arguments"]}
        wrong += [] if entry["description"] else [f"{_place(macro)}: description"]
        if macro.kind == "macro" and "return" not in entry["description"].lower():
            wrong.append(f"{_place(macro)}: what it returns")
        for name in macro.arguments:
            argument = arguments.get(name) or {}
            wrong += [f"{_place(macro)}({name}): {key}" for key in ("type", "description") if not argument.get(key)]
        wrong += [f"{_place(macro)}: no argument {name}" for name in arguments.keys() - set(macro.arguments)]
    refuse("Complete macros/<subject>/_<subject>__macros.yml:", wrong)


def test_a_macro_is_documented_in_its_subject(macros: tuple[Macro, ...], refuse: Refuse) -> None:
    """The entry of a macro stands in its own subject's `_<subject>__macros.yml`."""
    subjects = {macro.subject for macro in macros}
    files = {subject: SHARED / "macros" / subject / f"_{subject}__macros.yml" for subject in subjects}
    wrong = [f"{file.relative_to(SHARED)} is missing" for file in files.values() if not file.is_file()]
    for subject in sorted(subjects):
        file = files[subject]
        entries = {entry["name"] for entry in read_yaml(file)["macros"]} if file.is_file() else set()
        known = {macro.dbt_name for macro in macros if macro.subject == subject}
        wrong += [f"{file.relative_to(SHARED)}: {name} stands elsewhere" for name in sorted(entries - known)]
    refuse("Move the entry beside its macro:", wrong)


def test_every_call_has_the_packages_prefix(macros: tuple[Macro, ...], refuse: Refuse) -> None:
    """Inside the package each call of one of its macros says `shared_macros.`, else a region's macro could answer."""
    names = "|".join(sorted({macro.name for macro in macros}, key=len, reverse=True))
    bare = re.compile(rf"(?<![\w.'])(?<!macro )(?<!test )({names})\s*\(")
    wrong = [f"{file.relative_to(SHARED)}: {name}" for file in package_files() for name in bare.findall(jinja_of(file))]
    refuse("Write `shared_macros.<name>(`:", wrong)


def test_generic_tests_have_their_packages_prefix(neutral: ParsedProject, refuse: Refuse) -> None:
    """A test in the package's YAML that is not dbt's own names the package that it comes from."""
    builtin = {"unique", "not_null", "accepted_values", "relationships"}
    wrong = [
        f"{node['original_file_path']}: {node['test_metadata']['name']}"
        for node in neutral.nodes(SHARED_NAME, "test")
        if node.get("test_metadata")
        and node["test_metadata"]["name"] not in builtin
        and not node["test_metadata"]["namespace"]
    ]
    refuse("Write `shared_macros.<test>` or `dbt_utils.<test>`:", wrong)


def test_dispatch_has_a_reason(macros: tuple[Macro, ...], refuse: Refuse) -> None:
    """A macro dispatches where two variants exist; they share its file and arguments, and link the vendor's page."""
    wrong = []
    for macro in macros:
        variants = [other for other in macros if other.warehouse and other.name == f"{other.warehouse}__{macro.name}"]
        dispatches = "adapter.dispatch(" in macro.body
        if dispatches and len(variants) < 2:
            wrong.append(f"{_place(macro)}: {len(variants)} variant, so no dispatch")
        if variants and not dispatches:
            wrong.append(f"{_place(macro)}: variants, but no dispatch")
        alike = (macro.file, macro.arguments)
        strangers = [variant for variant in variants if (variant.file, variant.arguments) != alike]
        wrong += [f"{_place(variant)}: another file or other arguments than {macro.name}" for variant in strangers]
        if variants and "https://" not in macro.file.read_text(encoding="utf-8"):
            wrong.append(f"{_place(macro)}: no link to the vendor's page")
    refuse("A wrapper of one line, default__, then redshift__ under its reason, in one file:", wrong)


def test_variants_are_default_and_redshift(macros: tuple[Macro, ...], refuse: Refuse) -> None:
    """`default__` is the Postgres form: on Redshift a `postgres__` variant would win over it."""
    wrong = [_place(macro) for macro in macros if macro.warehouse not in {None, "default", "redshift"}]
    refuse("Name the variant default__ or redshift__:", wrong)


def _calls(macro: Macro, macros: tuple[Macro, ...]) -> Iterator[Macro]:
    called = set(re.findall(rf"\b{SHARED_NAME}\.(\w+)", macro.body))
    yield from (other for other in macros if other.name in called)


def test_macros_call_downwards_only(macros: tuple[Macro, ...], refuse: Refuse) -> None:
    """Subjects call in one direction: generic tests, then funnel, snapshot and canonical, then sql."""
    unknown = sorted({macro.subject for macro in macros} - set(CALLS))
    assert not unknown, f"Give the new subject its place in CALLS of this test: {unknown}"
    wrong = [
        f"{_place(macro)} calls {called.subject}/{called.name}"
        for macro in macros
        for called in _calls(macro, macros)
        if called.subject not in CALLS[macro.subject] | {macro.subject}
    ]
    refuse(f"Pass the value as an argument, or move the macro; a subject may call {CALLS}:", wrong)


def test_private_macros_stay_in_their_subject(macros: tuple[Macro, ...], refuse: Refuse) -> None:
    """A macro whose name begins with an underscore is called in its own folder only."""
    wrong = [
        f"{_place(macro)} calls {called.name}"
        for macro in macros
        for called in _calls(macro, macros)
        if called.name.startswith("_") and called.subject != macro.subject
    ]
    models = (
        file for file in package_files() if file.suffix == ".sql" and "macros" not in file.relative_to(SHARED).parts
    )
    wrong += [
        str(f.relative_to(SHARED)) for f in models if re.search(rf"\b{SHARED_NAME}\._", without_comments(f.read_text()))
    ]
    refuse("Call a public macro, or make this one public and document it:", wrong)


def test_macros_take_relations_as_arguments(macros: tuple[Macro, ...], refuse: Refuse) -> None:
    """No macro says ref() or source(), but in the text of a hook: what it reads is handed to it."""
    hook = re.compile(r'"\{\{.*?\}\}"')
    wrong = [_place(macro) for macro in macros if re.search(r"(?<![\w.])(ref|source)\s*\(", hook.sub("", macro.body))]
    refuse("Take the relation as an argument:", wrong)


def test_macro_files_are_short(macros: tuple[Macro, ...], refuse: Refuse) -> None:
    """A macro's file has at most 120 lines that are not blank."""
    wrong = [
        f"{file.relative_to(SHARED)}: {lines}"
        for file in sorted({macro.file for macro in macros})
        if (lines := _lines(file)) > LONGEST_MACRO_FILE
    ]
    refuse("Move logic into CTEs of a model, or split the macro by subject:", wrong)


def _lines(file: Path) -> int:
    return sum(bool(line.strip()) for line in file.read_text(encoding="utf-8").splitlines())


def test_the_package_knows_no_region_and_no_target(refuse: Refuse) -> None:
    """No region, target or schema of a project is named in the package, and the gate's limits are its one variable."""
    regions = "|".join(region_names())
    named = re.compile(
        rf"\b({regions})\b|\btarget\.(?!schema\b)\w+|\banalytics\b|(?<![\w.])var\s*\((?!'gate_limits')", re.IGNORECASE
    )
    wrong = []
    for file in package_files():
        code = _code(file)
        found = [*named.finditer(code), *re.finditer(r"(?<!\w)raw\.\w+", JINJA.sub("", code))]
        wrong += [f"{file.relative_to(SHARED)}: {match.group().strip()}" for match in found]
    refuse("Take it as an argument, from the node, or by dispatch:", wrong)


def _code(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    return without_comments(text) if file.suffix == ".sql" else re.sub(r"#.*|description:.*", "", text)


def test_shared_sql_runs_on_both_warehouses(refuse: Refuse) -> None:
    """The package's SQL holds nothing that only one of Postgres and Redshift understands."""
    wrong = [
        f"{file.relative_to(SHARED)}: {match.group()!r}"
        for file in package_files()
        if file.suffix == ".sql"
        for pattern in OUTSIDE_THE_SHARED_DIALECT
        for match in re.finditer(pattern, without_comments(file.read_text(encoding="utf-8")), re.IGNORECASE)
    ]
    refuse("Write it in the intersection of both dialects:", wrong)


def test_every_public_macro_has_an_integration_test(macros: tuple[Macro, ...], refuse: Refuse) -> None:
    """Each public macro is called by a tested wrapper model or a `check_*` operation; each generic test is used."""
    files = [f for f in sorted((SHARED / "integration_tests").rglob("*.*")) if "dbt_packages" not in f.parts]
    drivers = [
        f for f in files if f.suffix == ".sql" and (f.stem.startswith("check_") or _is_tested(f.with_suffix(".yml")))
    ]
    calls = "\n".join(without_comments(file.read_text(encoding="utf-8")) for file in drivers)
    uses = "\n".join(file.read_text(encoding="utf-8") for file in files if file.suffix == ".yml")
    wrong = [
        _place(macro)
        for macro in macros
        if macro.is_public and macro.kind != "materialization" and macro.name not in PROVEN_END_TO_END
        if not re.search(rf"\b{SHARED_NAME}\.{macro.name}\b", uses if macro.kind == "test" else calls)
    ]
    refuse("Write integration_tests/models/wrappers/wrap_<macro>.sql and its .yml of tests:", wrong)


def _is_tested(file: Path) -> bool:
    content = (read_yaml(file) or {}) if file.is_file() else {}
    return bool(content.get("unit_tests") or any(model.get("data_tests") for model in content.get("models", ())))
