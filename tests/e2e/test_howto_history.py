"""The how-to page of snapshots and histories: its own files, put into a region, give a snapshot and a history."""

from __future__ import annotations

import re

import pytest

from support.monorepo import REPO, Monorepo

PAGE = REPO / "docs/howto/snapshots-and-histories.md"
SOURCE = """      - name: refund_changes
        description: One row a change of a refund.
        columns:
          - {name: refund_id, data_type: varchar(64)}
          - {name: status, data_type: varchar(16)}
          - {name: amount, data_type: "numeric(12,2)"}
          - {name: changed_at, data_type: timestamp}
      - name: order_items
"""
SAMPLE = """
select 'r' || order_id as refund_id, state as status, order_total as amount,
    changed_at + hours * interval '1 hour' as changed_at
from facts_order_states
cross join (values ('asked', 1), ('paid', 5)) as states (state, hours)
where status = 'shipped'
"""
STAGED = """
{{ config(materialized='ephemeral') }}
select refund_id, status, amount from (
    select *, row_number() over (partition by refund_id order by changed_at desc) as age
    from {{ ref('stg_refund_changes') }}
) as numbered where age = 1
"""


@pytest.mark.proof
def test_the_pages_files_make_a_snapshot_and_a_history(fresh: Monorepo) -> None:
    """The page's files alone, beside a source and a staged state, add a snapshot and a history that two loads fill."""
    for path, text in re.findall(r"```(?:sql|yaml) (projects/\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        file = fresh.root / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    fresh.edit(
        "projects/na/dbt_project.yml", ("model-paths: [models]", "model-paths: [models]\nsnapshot-paths: [snapshots]")
    )
    fresh.edit("projects/na/models/staging/_shop__sources.yml", ("      - name: order_items\n", SOURCE))
    (fresh.root / "projects/na/sample/refund_changes.sql").write_text(SAMPLE)
    (fresh.root / "projects/na/models/staging/stg_refunds.sql").write_text(STAGED)
    assert fresh.build_one("na").exit_code == 0
    summary = fresh.build_one("na", next_load=True)
    assert summary.exit_code == 0, summary.first_error
    changes, keys = fresh.rows("na", "select count(*), count(distinct refund_id) from raw.refund_changes")[0]
    versions = "select count(*) from analytics_history.refund_history where known_to = '9999-12-31'"
    assert fresh.rows("na", versions)[0][0] == changes == 2 * keys > 0
    assert fresh.rows("na", "select count(*) from analytics_snapshots.refund_snapshot")[0][0] == keys
    loads = fresh.rows("na", "select count(distinct load_id) from analytics_history.refund_archive")[0][0]
    assert loads == 2
