"""The load stage: fills the raw tables of the embedded warehouse; on any other target it does nothing and says so."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dbt_regions.artifacts import read_relation_name, read_source_tables
from dbt_regions.build.plan import BuildRequest
from dbt_regions.build.sample.facts import FACT_TABLES, generate_facts
from dbt_regions.build.sample.spec import read_sample_spec
from dbt_regions.dbt_runner import DbtSession
from dbt_regions.domain import LoadReport, Region, SourceTable
from dbt_regions.errors import DataError, RequestError
from dbt_regions.regions import has_sample
from dbt_regions.warehouse import (
    Connection,
    RawLoad,
    load_csv_folder,
    load_generated,
    missing_files,
    read_load_ids,
    relation_exists,
)

_GENERATED = re.compile(r"generated-(?P<seed>\d+)-x(?P<scale>\d+)-(?P<number>\d+)")
GENERATED_PREFIX = "generated-"


def run_load(region: Region, request: BuildRequest, session: DbtSession, connection: Connection | None) -> LoadReport:
    """Bring the load that the request asks for into the raw tables, unless the load manifest has it already.

    Raises RequestError for a bad CSV folder or for data of another origin than what the database holds.
    """
    if connection is None:
        return LoadReport(None, {}, f"target {request.target}: the region's own loader fills the raw tables")
    manifest = _ensure_manifest(session, connection)
    loads = _written_by_loaders(read_load_ids(connection, manifest))
    tables = read_source_tables(session.target_path)
    if request.raw is not None:
        return _load_csv(connection, RawLoad("", manifest, tables), loads, region.name, request.raw)
    if not has_sample(region.path):
        return LoadReport(None, {}, "nothing to load: no sample/; raw tables in another Postgres need --target prod")
    return _load_generated(region, request, connection, RawLoad("", manifest, tables), loads)


def _ensure_manifest(session: DbtSession, connection: Connection) -> tuple[str, str]:
    """Let dbt create the load manifest before the first load: its columns are defined in the dbt package only."""
    name = read_relation_name(session.target_path, "load_manifest")
    manifest = (name.schema, name.identifier)
    if not relation_exists(connection, manifest):
        outcome = session.run(("run", "--select", "load_manifest"))
        if not outcome.success:
            message = f"cannot create load_manifest: {outcome.error or 'see dbt.log'}"
            raise DataError(message)
    return manifest


def _load_csv(connection: Connection, base: RawLoad, loads: Sequence[str], region: str, folder: Path) -> LoadReport:
    _refuse_other_origin(loads, "csv-", region)
    load = replace(base, load_id=plan_csv_load_id(_digest(folder, base.tables), loads))
    missing = missing_files(load, folder)
    note = f"from {folder}" + (f"; missing: {', '.join(missing)}" if missing else "")
    if load.load_id in loads:
        return LoadReport(load.load_id, {}, f"{note}; loaded before, nothing to do")
    return LoadReport(load.load_id, load_csv_folder(connection, load, folder), note)


def _written_by_loaders(load_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the ids without the gate's own `seen-` rows: they report what is there, they bring nothing."""
    return tuple(load_id for load_id in load_ids if not load_id.startswith("seen-"))


def plan_csv_load_id(digest: str, load_ids: Sequence[str]) -> str:
    """Return the load id of CSV files with this digest, given the ids of the loads so far, oldest first.

    Files that the newest load brought keep its id. Files that came before another load are a load of their own again.
    """
    plain = f"csv-{digest}"
    same = [load_id for load_id in load_ids if load_id == plain or load_id.startswith(f"{plain}-")]
    if same and same[-1] == load_ids[-1]:
        return same[-1]
    return f"{plain}-{len(same) + 1}" if same else plain


def _load_generated(
    region: Region, request: BuildRequest, connection: Connection, base: RawLoad, loads: Sequence[str]
) -> LoadReport:
    spec = read_sample_spec(region.path / "sample" / "sample.yml")
    numbers = [match for load_id in loads if (match := _GENERATED.fullmatch(load_id))]
    scale = int(numbers[-1]["scale"]) if request.scale is None and numbers else request.scale or 1
    origin = f"{GENERATED_PREFIX}{spec.seed}-x{scale}-"
    _refuse_other_origin(loads, origin, region.name)
    last = max((int(match["number"]) for match in numbers), default=None)
    number = 0 if last is None else last + request.next_load
    if number == last:
        return LoadReport(f"{origin}{number:04d}", {}, "generated data; loaded before, nothing to do")
    facts = generate_facts(spec.scaled(scale), number)
    load = RawLoad(f"{origin}{number:04d}", base.manifest, base.tables)
    selects = {table.name: _read_select(region, table.name) for table in base.tables}
    rows = load_generated(
        connection, load, {name: (FACT_TABLES[name], facts.rows(name)) for name in FACT_TABLES}, selects
    )
    return LoadReport(load.load_id, rows, "generated data")


def _read_select(region: Region, table: str) -> str:
    file = region.path / "sample" / f"{table}.sql"
    try:
        return file.read_text(encoding="utf-8").strip().removesuffix(";")
    except FileNotFoundError as error:
        message = f"{file} is missing: it says how the region's system would have written source table {table}"
        raise RequestError(message) from error


def _refuse_other_origin(loads: Sequence[str], origin: str, region: str) -> None:
    other = next((load_id for load_id in loads if not load_id.startswith(origin)), None)
    if other is not None:
        message = (
            f"the database holds load {other}, of another origin than {origin}*: mixing them would close every "
            f"snapshot row; run `dbt-regions warehouse reset {region}` first"
        )
        raise RequestError(message)


def _digest(folder: Path, tables: Sequence[SourceTable]) -> str:
    digest = hashlib.sha256()
    for table in tables:
        file = folder / f"{table.name}.csv"
        if file.is_file():
            digest.update(table.name.encode())
            with file.open("rb") as handle:
                while chunk := handle.read(1 << 20):
                    digest.update(chunk)
    return digest.hexdigest()[:12]
