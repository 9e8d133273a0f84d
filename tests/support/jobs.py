"""Jobs of a deployment for tests."""

from __future__ import annotations

from dataclasses import replace

from dbt_regions.domain import JOB_STAGES, Job


def cron_job(name: str, cron: str, time_zone: str, timeout_minutes: int) -> Job:
    """Return a job by cron that builds everything."""
    return Job(
        name=name, trigger="cron", description="d", cron=cron, time_zone=time_zone, sweep=None, stages=JOB_STAGES,
        select=None, exclude=None, target="prod", timeout_minutes=timeout_minutes, retries=0, owner_team="t",
        owner_email="t@example.com",
    )  # fmt: skip


def load_job(name: str) -> Job:
    """Return a job by load that builds everything."""
    return replace(cron_job(name, "", "", 60), trigger="load", cron=None, time_zone=None)
