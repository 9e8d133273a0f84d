"""Brings a region's next generated load into its raw tables, as a loader outside of any build would."""

from __future__ import annotations

from dbt_regions.artifacts import read_relation_name, read_source_tables
from dbt_regions.build.load import _load_generated
from dbt_regions.build.plan import BuildRequest
from dbt_regions.regions import read_region
from dbt_regions.warehouse import RawLoad, Server, read_load_ids
from support.monorepo import Monorepo


def bring_next_load(monorepo: Monorepo, region: str) -> str:
    """Bring the load and return its id; the region was built before."""
    connection = Server(monorepo.home).region(region)
    target = monorepo.root / "build" / region / "target"
    name = read_relation_name(target, "load_manifest")
    manifest = (name.schema, name.identifier)
    loads = [load_id for load_id in read_load_ids(connection, manifest) if not load_id.startswith("seen-")]
    base = RawLoad("", manifest, read_source_tables(target))
    request = BuildRequest(region, next_load=True)
    report = _load_generated(read_region(monorepo.root, region), request, connection, base, loads)
    return str(report.load_id)
