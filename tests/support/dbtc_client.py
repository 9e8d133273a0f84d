"""What somebody does with dbtc, unmodified: starts jobs, waits, reads artifacts, cancels; prints it as JSON.

A program of its own: dbtc lives in a folder of its own (`install_dbtc`), which is on this program's path only.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def main(host: str, token: str, account: int, job: int) -> dict[str, Any]:
    """Use the API at a host; return its answers."""
    from dbtc import dbtCloudClient  # noqa: PLC0415  only this program has it

    cloud = dbtCloudClient(host=host, service_token=token, api_key=token).cloud
    good = cloud.trigger_job(account, job, {"cause": "load L1 of na"}, poll_interval=1)["data"]
    slow = cloud.trigger_job(account, job, {"cause": "somebody, by dbtc"}, should_poll=False)["data"]
    while cloud.get_run(account, slow["id"])["data"]["status"] < 3:
        time.sleep(0.1)
    cloud.cancel_run(account, slow["id"])
    while not (cancelled := cloud.get_run(account, slow["id"])["data"])["is_complete"]:
        time.sleep(0.1)
    results = cloud.get_run_artifact(account, good["id"], "run_results.json")
    catalog = cloud.get_run_artifact(account, good["id"], "catalog.json")
    return {
        "good": good,
        "steps": cloud.get_run(account, good["id"], include_related=["run_steps"])["data"]["run_steps"],
        "cancelled": cancelled,
        "artifacts": cloud.list_run_artifacts(account, good["id"])["data"],
        "results": [result["unique_id"] for result in results["results"]],
        "catalog": sorted(catalog["nodes"]),
        "jobs": [found["name"] for found in cloud.list_jobs(account)["data"]],
        "runs": [run["id"] for run in cloud.list_runs(account, job_definition_id=job, order_by="-id")["data"]],
        "recent": cloud.get_most_recent_run(account, job_definition_id=job)["data"]["id"],
    }


if __name__ == "__main__":
    arguments: list[Any] = sys.argv[1:]
    sys.stdout.write(json.dumps(main(arguments[0], arguments[1], int(arguments[2]), int(arguments[3]))))
