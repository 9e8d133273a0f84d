"""`dbt-regions serve`, its builds stubbed: every state of a run, what is coalesced, retried, overridden, told."""

from __future__ import annotations

import requests

from dbt_regions.serve.store import LIVE
from support.job_server import (
    Client,
    JobServer,
    effects,
    held,
)


def test_every_state_of_a_run(served: JobServer, na: Client) -> None:
    """Queued, starting, running, success, error, cancelled: each is reached, and told in all its words and flags."""
    seen = []
    with held(served, "before"):
        first = na.announce("states-1")
        seen.append(na.wait_for(first["id"], "Starting"))
        second = na.announce("states-2")
        seen.append(na.run(second["id"]))
        with held(served, "during"):
            (served.root / "stub" / "before").unlink()
            seen.append(na.wait_for(first["id"], "Running"))
    seen.append(na.wait_for(first["id"], "Success"))
    na.wait_for(second["id"], "Success")
    (served.root / "stub" / "exit_code").write_text("1")
    seen.append(na.wait_for(na.announce("states-3")["id"], "Error"))
    (served.root / "stub" / "exit_code").unlink()
    with held(served, "during"):
        third = na.announce("states-4")
        na.wait_for(third["id"], "Running")
        na.post(f"/runs/{third['id']}/cancel/")
        seen.append(na.wait_for(third["id"], "Cancelled"))
    told = [(run["status"], run["status_humanized"]) for run in seen]
    assert told == [(2, "Starting"), (1, "Queued"), (3, "Running"), (10, "Success"), (20, "Error"), (30, "Cancelled")]
    for run in seen:
        status = run["status"]
        assert run["is_complete"] == (status >= 10) == (run["finished_at"] is not None)
        assert run["in_progress"] == (status in LIVE)
        flags = (run["is_success"], run["is_error"], run["is_cancelled"], run["is_running"])
        assert flags == (status == 10, status == 20, status == 30, status == 3)
    assert seen[3]["run_steps"][0]["name"] == "run"
    assert seen[3]["run_steps"][0]["logs"] == "success canonical_orders"
    assert seen[4]["status_message"] == "run: a test says no"
    assert seen[4]["run_steps"][0]["status"] == 20


def test_what_waits_is_one_run(served: JobServer, na: Client) -> None:
    """However many loads are announced while a run is on its way, by whom and how often: one run waits for them all."""
    with held(served, "during"):
        running = na.announce("many-0")
        na.wait_for(running["id"], "Running")
        waiting = {na.announce(f"many-{number}")["id"] for number in (1, 2, 3, 2, 1)}
        assert na.announce("many-0")["id"] == running["id"]
        (one,) = waiting
        run = na.run(one)
        assert [load["load_id"] for load in run["loads"]] == ["many-1", "many-2", "many-3"]
        assert [cause["cause"].split()[1] for cause in run["causes"]] == ["many-1", "many-2", "many-3"]
        assert [each["id"] for each in na.get("/runs/", status__in="[1,2,3]")] == [running["id"], one]
    na.wait_for(one, "Success")
    assert na.announce("many-2")["id"] == one


def test_a_run_that_waits_is_cancelled_at_once(served: JobServer, na: Client) -> None:
    """A cancelled run that waits never begins; its load may be announced anew."""
    with held(served, "during"):
        running = na.announce("waits-1")
        na.wait_for(running["id"], "Running")
        waiting = na.announce("waits-2")
        assert na.post(f"/runs/{waiting['id']}/cancel/")["status"] == 30
        again = na.announce("waits-2")
        assert again["id"] != waiting["id"]
    assert na.wait_for(again["id"], "Success")["started_at"] is not None
    assert na.run(waiting["id"])["started_at"] is None


def test_a_run_that_does_not_stop_is_killed(served: JobServer, na: Client) -> None:
    """A cancelled run whose warehouse does not let go is killed after a while; it is not begun again."""
    with held(served, "deaf"), held(served, "during"):
        deaf = na.announce("deaf")
        na.wait_for(deaf["id"], "Running")
        na.post(f"/runs/{deaf['id']}/cancel/")
        na.wait_for(deaf["id"], "Cancelled")
    assert na.get("/runs/", order_by="-id", limit=1)[0]["id"] == deaf["id"]


def test_a_failed_run_is_retried(served: JobServer, na: Client) -> None:
    """`retry` and `rerun` put the work and the load of a failed run to the queue; a good run has nothing to retry."""
    for how in ("runs/{run}/retry/", "jobs/{job}/rerun/"):
        (served.root / "stub" / "exit_code").write_text("1")
        failed = na.wait_for(na.announce(f"retry-{how[:4]}")["id"], "Error")
        assert failed["can_retry"]
        (served.root / "stub" / "exit_code").unlink()
        new = na.post("/" + how.format(run=failed["id"], job=na.jobs["hourly"]))
        assert new["id"] != failed["id"]
        run = na.wait_for(new["id"], "Success")
        assert [load["load_id"] for load in run["loads"]] == [f"retry-{how[:4]}"]
        assert na.send("POST", f"/runs/{new['id']}/retry/").status_code == 400
    rerun = na.post(f"/jobs/{na.jobs['hourly']}/rerun/")
    na.wait_for(rerun["id"], "Success")


def test_what_waits_is_built_once_whatever_its_overrides(served: JobServer, na: Client) -> None:
    """Two loads that wait with different overrides are two jobs of one run: the first builds both loads."""
    with held(served, "during"):
        na.wait_for(na.announce("twice-0")["id"], "Running")
        body = {"cause": "load twice-1 of na", "timeout_seconds_override": 3000}
        waiting = na.post(f"/jobs/{na.jobs['hourly']}/run/", body)
        assert na.announce("twice-2")["id"] == waiting["id"]
        before = len(effects(served))
    na.wait_for(waiting["id"], "Success")
    assert len(effects(served)) == before + 2
    built = served.rows("select load_id from load where load_id like 'twice-%' and built_by is not null")
    assert len(built) == 3


def test_a_retry_keeps_its_load_whatever_becomes_of_another(served: JobServer, na: Client) -> None:
    """A load that is on its way with one retry also waits with the next, which builds it if that fails."""
    with held(served, "during"):
        first = na.announce("again")["id"]
        na.wait_for(first, "Running")
        na.post(f"/runs/{first}/cancel/")
        na.wait_for(first, "Cancelled")
        second = na.post(f"/runs/{first}/retry/")["id"]
        na.wait_for(second, "Running")
        third = na.post(f"/runs/{first}/retry/")["id"]
        na.post(f"/runs/{second}/cancel/")
        na.wait_for(second, "Cancelled")
    assert na.wait_for(third, "Success")["loads"][0]["built_by"] == third


def test_a_load_that_was_not_there_is_asked_for_again(own: JobServer) -> None:
    """Announced before it is in the manifest, a load is not built, and says so; announced when it is there, it is."""
    na = own.client("na")
    na.deploy()
    (own.root / "stub" / "raw").write_text("L1\n")
    early = na.wait_for(na.announce("L2")["id"], "Success")
    assert early["status_message"] == "not in load_manifest, so not seen: L2"
    (own.root / "stub" / "raw").write_text("L1\nL2\n")
    late = na.announce("L2")["id"]
    assert na.wait_for(late, "Success")["loads"][0]["built_by"] == late != early["id"]
    assert na.announce("L2")["id"] == late


def test_overrides_reach_the_build(served: JobServer, na: Client) -> None:
    """A selection, a target and a time-out are the build's; such a run waits with others and is done in turn."""
    body = {
        "cause": "by hand",
        "steps_override": ["dbt build --select int_sessions_agg+ --exclude tag:daily"],
        "target_name_override": "embedded",
    }
    run = na.wait_for(na.post(f"/jobs/{na.jobs['hourly']}/run/", body)["id"], "Success")
    assert effects(served)[-1][2:4] == (None, "int_sessions_agg+")
    result = na.send("GET", f"/runs/{run['id']}/artifacts/run_results.json").json()
    assert result["args"] == {"target": "embedded"}
    with held(served, "during"):
        late = na.post(f"/jobs/{na.jobs['hourly']}/run/", {"cause": "slow", "timeout_seconds_override": 1})
        stopped = na.wait_for(late["id"], "Cancelled")
    assert stopped["status_message"] == "timed out"


def test_artifacts_are_listed_and_fetched(na: Client) -> None:
    """The list has what the run left; each is fetched whole, of the run or of one step."""
    run = na.wait_for(na.announce("artifacts")["id"], "Success")
    assert na.get(f"/runs/{run['id']}/artifacts/") == ["run_results.json", "summary.json"]
    assert na.get(f"/runs/{run['id']}/artifacts", step="1") == ["run_results.json"]
    assert na.send("GET", f"/runs/{run['id']}/artifacts/run_results.json").json()["results"] == []
    assert na.send("GET", f"/runs/{run['id']}/artifacts/run_results.json", params={"step": "9"}).status_code == 400


def test_metrics_tell_of_runs_and_loads(served: JobServer, na: Client) -> None:
    """Prometheus' format: runs by region and status, loads that no run has built, when a region last succeeded."""
    na.wait_for(na.announce("metrics")["id"], "Success")
    text = requests.get(f"{served.url}/metrics", timeout=9).text
    assert 'dbt_regions_runs{region="na",status="success"}' in text
    assert 'dbt_regions_last_success_timestamp_seconds{region="na"}' in text
    assert 'dbt_regions_requests_total{method="POST",status="200"}' in text
