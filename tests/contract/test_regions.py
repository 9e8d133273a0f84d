"""Rules of a region: it brings the mapping of its own sources, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dbt_regions.regions import project_name
from support.lint_exceptions import Refuse
from support.repo import PROJECTS, SHARED_NAME, ParsedProject, has_generated_data, read_yaml, region_names
from support.shared_package import declared_inputs

FILES = ("README.md", "dbt_project.yml", "packages.yml", "profiles.yml", "deployment.yml", "template.yml")
SAMPLE = "sample/sample.yml"
DISPATCH = [{"macro_namespace": name, "search_order": [name]} for name in (SHARED_NAME, "dbt_utils")]
FLAGS = {
    "send_anonymous_usage_stats": False,
    "state_modified_compare_more_unrendered_values": True,
    "state_modified_compare_vars": True,
    "validate_macro_args": True,
    "warn_error_options": {
        "error": ["InvalidMacroAnnotation", "MacroNotFoundForPatch"],
        "silence": ["PackageNodeDependsOnRootProjectNode"],
    },
}
QUERY_COMMENT = {"comment": "{{ shared_macros.query_comment(node) }}"}
ALTERS_SHARED_CODE = ("on-run-start", "on-run-end", "quoting", "packages-install-path")


def _settings() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for region in region_names():
        yield region, read_yaml(PROJECTS / region / "dbt_project.yml")


def test_there_are_regions() -> None:
    """The rules of this file speak of something."""
    assert region_names(), "projects/ holds no region: a folder with a dbt_project.yml"


def test_a_region_has_its_files(refuse: Refuse) -> None:
    """A region is a dbt project with profiles, deployment, page and origin, and a sample if its data is generated."""
    missing = [
        f"projects/{r}/{file}"
        for r in region_names()
        for file in (*FILES, *([SAMPLE] if has_generated_data(r) else []))
        if not (PROJECTS / r / file).is_file()
    ]
    refuse("Write the region's missing files, as another region has them:", missing)


def test_every_region_parses(parsed_projects: Mapping[str, ParsedProject | str], refuse: Refuse) -> None:
    """dbt accepts every region, without a warehouse; the other rules speak of those that it accepts."""
    wrong = [f"projects/{name}: {error}" for name, error in parsed_projects.items() if isinstance(error, str)]
    refuse("Repair what dbt says:", wrong)


def test_a_region_is_named_as_its_folder(refuse: Refuse) -> None:
    """Project and profile are called as the folder is, with _ for -, which dbt allows in no name."""
    wrong = [
        f"projects/{r}: {s['name']}, {s['profile']}"
        for r, s in _settings()
        if {s["name"], s["profile"]} != {project_name(r)}
    ]
    refuse("Name project and profile in dbt_project.yml as the folder:", wrong)


def test_no_region_can_replace_a_shared_macro_by_dispatch(refuse: Refuse) -> None:
    """Each region carries the dispatch entries without which its own `default__x` would silently win."""
    wrong = [f"projects/{r}: {s.get('dispatch')}" for r, s in _settings() if s.get("dispatch") != DISPATCH]
    refuse(f"Set `dispatch` in dbt_project.yml to exactly {DISPATCH}:", wrong)


def test_a_region_has_the_flags(refuse: Refuse) -> None:
    """Each region checks macro arguments, sees changed variables, and silences one warning by name, no other."""
    wrong = [f"projects/{r}: {s.get('flags')}" for r, s in _settings() if s.get("flags") != FLAGS]
    refuse(f"Set `flags` in dbt_project.yml to exactly {FLAGS}:", wrong)


def test_a_region_comments_its_statements(refuse: Refuse) -> None:
    """Each statement in a warehouse's query log says its region, run and node, in one form everywhere."""
    wrong = [
        f"projects/{r}: {s.get('query-comment')}" for r, s in _settings() if s.get("query-comment") != QUERY_COMMENT
    ]
    refuse(f"Set `query-comment` in dbt_project.yml to exactly {QUERY_COMMENT}:", wrong)


def test_a_region_sets_nothing_that_alters_shared_code(refuse: Refuse) -> None:
    """A region's project file holds no key that reaches into the shared package's SQL but the limits of its gate."""
    wrong = [f"projects/{r}: {key}" for r, s in _settings() for key in ALTERS_SHARED_CODE if key in s]
    wrong += [f"projects/{r}: vars.{key}" for r, s in _settings() for key in s.get("vars", {}) if key != "gate_limits"]
    refuse("Take the key out; a definition changes in packages/shared_macros only:", wrong)


def test_a_region_installs_the_shared_package_only(refuse: Refuse) -> None:
    """A region depends on the shared package and never on another region."""
    expected = {"packages": [{"local": "../../packages/shared_macros"}]}
    wrong = [
        f"projects/{r}/packages.yml" for r in region_names() if read_yaml(PROJECTS / r / "packages.yml") != expected
    ]
    refuse(f"packages.yml holds exactly {expected}:", wrong)


def test_a_profile_has_both_targets_and_no_secret(refuse: Refuse) -> None:
    """Each profile has `embedded` (default) and `prod`, passwords from DBT_ENV_SECRET_*, and keeps its transactions."""
    wrong = []
    for region in region_names():
        profile = read_yaml(PROJECTS / region / "profiles.yml")[project_name(region)]
        if profile["target"] != "embedded" or set(profile["outputs"]) != {"embedded", "prod"}:
            wrong.append(f"projects/{region}: targets are embedded (default) and prod")
        for name, output in profile["outputs"].items():
            if "env_var('DBT_ENV_SECRET_" not in output["password"]:
                wrong.append(f"projects/{region} {name}: password comes from env_var('DBT_ENV_SECRET_...')")
            if output.get("autocommit") or output.get("redshift_skip_autocommit_transaction_statements"):
                wrong.append(f"projects/{region} {name}: autocommit voids the snapshot's lock")
    refuse("Repair profiles.yml:", wrong)


def test_a_region_holds_staging_only(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """A region's own nodes are ephemeral `stg_*` models under models/staging and the tests in their YAML."""
    wrong = []
    for name, project in regions.items():
        for node in project.nodes(name, "model", "snapshot", "seed", "analysis", "operation", "test"):
            staged = node["original_file_path"].startswith("models/staging/")
            model = node["resource_type"] == "model"
            fit = model and node["name"].startswith("stg_") and node["config"]["materialized"] == "ephemeral"
            if not (staged and (fit or node["resource_type"] == "test")):
                wrong.append(f"projects/{name}: {node['resource_type']} {node['name']}")
        wrong += [
            f"projects/{name}: macro {key}"
            for key in project.manifest["macros"]
            if key.startswith(f"macro.{project_name(name)}.")
        ]
    refuse("Move it to packages/shared_macros, or make it an ephemeral stg_* model:", wrong)


def test_no_sql_lies_outside_staging_and_sample(refuse: Refuse) -> None:
    """All SQL of a region stands in models/staging and sample, where these rules see it."""
    rooms = ("models/staging", "sample", "dbt_packages", "target")
    wrong = [
        str(file.relative_to(PROJECTS))
        for file in sorted(PROJECTS.glob("*/**/*.sql"))
        if not file.relative_to(PROJECTS / file.relative_to(PROJECTS).parts[0]).as_posix().startswith(rooms)
    ]
    refuse("Move the SQL to models/staging (or to the shared package):", wrong)


def test_a_region_maps_every_declared_input(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """Each region provides exactly the models that the shared package reads, and may have more `stg_*` before them."""
    missing = [
        f"projects/{name}: {wanted}"
        for name, project in regions.items()
        for wanted in sorted(set(declared_inputs()) - {node["name"] for node in project.nodes(name, "model")})
    ]
    refuse("Write the staging model that the shared package reads:", missing)


def test_staging_reads_its_own_sources_only(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """A staging model reads sources and staging of its own region, never a model of the shared package."""
    wrong = [
        f"projects/{name}: {node['name']} reads {parent}"
        for name, project in regions.items()
        for node in project.nodes(name, "model")
        for parent in node["depends_on"]["nodes"]
        if not parent.startswith((f"source.{project_name(name)}.", f"model.{project_name(name)}.stg_"))
    ]
    refuse("Read the region's own source() or stg_* instead:", wrong)


def test_every_source_is_described(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """Each raw table and column has a description, each column its type: the loader makes the tables from them."""
    wrong = []
    for name, project in regions.items():
        for source in project.manifest["sources"].values():
            place = f"projects/{name}: {source['source_name']}.{source['name']}"
            wrong += [f"{place}: description"] if not source["description"] else []
            wrong += [f"{place}: source description"] if not source["source_description"] else []
            wrong += [f"{place}: columns"] if not source["columns"] else []
            for column in source["columns"].values():
                wrong += [f"{place}.{column['name']}: {key}" for key in ("description", "data_type") if not column[key]]
    refuse("Add what is missing to the sources' YAML:", wrong)


def test_every_source_says_when_it_is_stale(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """Each raw table that an input reads has freshness.error_after, which the gate judges its newest load by."""
    wrong = []
    for name, project in regions.items():
        read = {parent for node in project.nodes(name, "model") for parent in node["depends_on"]["nodes"]}
        for key in sorted(read & set(project.manifest["sources"])):
            freshness = project.manifest["sources"][key]["config"].get("freshness") or {}
            wrong += [] if (freshness.get("error_after") or {}).get("count") else [key]
    refuse("Add `freshness: {error_after: ...}` to the source's `config`:", wrong)


def test_every_input_has_a_watermark(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """Of the raw tables of each declared input at least one says which field is its event or change time."""
    wrong = []
    for name, project in regions.items():
        for node in project.nodes(name, "model"):
            sources = [project.manifest["sources"][key] for key in _source_ids(project, node)]
            marked = any({**s["meta"], **s["config"]["meta"]}.get("watermark_field") for s in sources)
            wrong += [] if marked or node["name"] not in declared_inputs() else [f"projects/{name}: {node['name']}"]
    refuse("Add `meta: {watermark_field: ...}` to the `config` of a source that it reads:", wrong)


def _source_ids(project: ParsedProject, node: Mapping[str, Any]) -> Iterator[str]:
    for parent in node["depends_on"]["nodes"]:
        if parent.startswith("source."):
            yield parent
        else:
            yield from _source_ids(project, project.manifest["nodes"][parent])


def test_every_raw_table_has_its_sample(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """sample/ has one query for each declared raw table, named as the table, and no other; none where data is real."""
    wrong = []
    for name, project in regions.items():
        sources = project.manifest["sources"].values() if has_generated_data(name) else ()
        declared = {source["identifier"] for source in sources}
        written = {file.stem for file in (PROJECTS / name / "sample").glob("*.sql")}
        wrong += [f"projects/{name}/sample/{table}.sql is missing" for table in sorted(declared - written)]
        wrong += [f"projects/{name}/sample/{table}.sql fills no source" for table in sorted(written - declared)]
    refuse("Write or delete the sample query:", wrong)


def test_every_exposure_is_described(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """Each region has an exposure that says what it is, where, how mature, and whose."""
    wrong = []
    for name, project in regions.items():
        exposures = project.manifest["exposures"].values()
        wrong += [] if exposures else [f"projects/{name}: no exposure"]
        keys = ("description", "url", "maturity", "label")
        wrong += [f"{e['unique_id']}: {key}" for e in exposures for key in keys if not e[key]]
        wrong += [f"{e['unique_id']}: owner" for e in exposures if not (e["owner"]["name"] and e["owner"]["email"])]
    refuse("Complete the exposure in models/staging/_exposures.yml:", wrong)


def test_exposures_read_published_figures_only(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """A dashboard stands on the publication, so it never shows an untested figure."""
    wrong = [
        f"{exposure['unique_id']}: {parent}"
        for project in regions.values()
        for exposure in project.manifest["exposures"].values()
        for parent in exposure["depends_on"]["nodes"]
        if "publication" not in project.manifest["nodes"].get(parent, {}).get("tags", [])
    ]
    refuse("Let the exposure depend on a published_* model:", wrong)


def test_staging_columns_are_described(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """Each staging model and each of its columns has a description in the YAML file beside it."""
    wrong = []
    for name, project in regions.items():
        contracts = {
            f"stg_{n['name'].removeprefix('canonical_')}": n["columns"] for n in project.nodes(SHARED_NAME, "model")
        }
        for node in project.nodes(name, "model"):
            place = f"projects/{name}/{node['original_file_path']}"
            wrong += [] if node["description"] else [f"{place}: description"]
            columns = {**dict.fromkeys(contracts.get(node["name"], {})), **node["columns"]}
            wrong += [f"{place}: column {c}" for c, value in columns.items() if not (value and value["description"])]
    refuse("Describe it in the YAML file of the same name; doc() reuses the package's words:", wrong)


def test_parsing_a_region_warns_of_nothing(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """No warnings is a rule: a new one is news."""
    warnings = [
        f"projects/{name}: {warning[:300]}" for name, project in regions.items() for warning in project.warnings
    ]
    refuse("Repair what dbt warns of:", warnings)
