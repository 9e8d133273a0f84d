"""What Prometheus or Datadog's OpenMetrics check reads at /metrics: figures of the store, requests of this process."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from dbt_regions.serve.answers import WORDS
from dbt_regions.serve.store import SUCCESS, Store, loads, runs


class StoreCollector(Collector):
    """Figures that are read from the store when they are asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """Yield runs by region and status, when a region last succeeded, and loads that are not built yet."""
        by_status = select(runs.c.region, runs.c.status, func.count()).group_by(runs.c.region, runs.c.status)
        last_good = select(runs.c.region, func.max(runs.c.finished_at)).where(runs.c.status == SUCCESS)
        waiting = loads.join(runs, loads.c.run_id == runs.c.id)
        not_built = select(loads.c.region, func.count()).select_from(waiting).where(loads.c.built_by.is_(None))
        with self._store.transaction() as connection:
            counted = connection.execute(by_status).all()
            last = connection.execute(last_good.group_by(runs.c.region)).all()
            unbuilt = connection.execute(not_built.where(runs.c.status != SUCCESS).group_by(loads.c.region)).all()
        family = GaugeMetricFamily("dbt_regions_runs", "Runs by region and status.", labels=["region", "status"])
        for region, status, count in counted:
            family.add_metric([region, WORDS[status].lower()], count)
        yield family
        family = GaugeMetricFamily(
            "dbt_regions_last_success_timestamp_seconds", "When a region's last run succeeded.", labels=["region"]
        )
        for region, moment in last:
            family.add_metric([region], moment.timestamp())
        yield family
        family = GaugeMetricFamily(
            "dbt_regions_loads_not_built", "Loads whose run waits, goes on or failed.", labels=["region"]
        )
        for region, count in unbuilt:
            family.add_metric([region], count)
        yield family


def make_registry(store: Store) -> tuple[CollectorRegistry, Counter]:
    """Return the registry of a server, and the counter of its requests."""
    registry = CollectorRegistry()
    registry.register(StoreCollector(store))
    names = ["method", "status"]
    return registry, Counter("dbt_regions_requests", "Requests by method and status.", names, registry=registry)
