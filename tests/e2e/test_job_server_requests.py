"""What a job server refuses, and how: tokens, bodies, names, broken HTTP, bursts."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from support.job_server import SECRET, Client, JobServer, program_environment, wait_for
from support.monorepo import REPO
from support.refusal import refused

BAD_TRIGGERS = [
    ("{", "not JSON"),
    ("[]", "no object"),
    ("[" * 5000, "not JSON"),
    ("{}", "cause"),
    ('{"cause": ""}', "cause"),
    ('{"cause": 7}', "cause"),
    (json.dumps({"cause": "x" * 1001}), "cause"),
    ('{"cause": "x\\r\\nSet-Cookie: a=b"}', "cause"),
    ('{"cause": "x", "what": 1}', "what"),
    ('{"cause": "x", "git_branch": "main"}', "git_branch cannot be overridden here"),
    ('{"cause": "x", "timeout_seconds_override": 0}', "timeout_seconds_override"),
    ('{"cause": "x", "steps_override": ["rm -rf /"]}', "dbt build --select"),
    ('{"cause": "x", "steps_override": ["dbt build --select \\"a"]}', "dbt build --select"),
    ('{"cause": "x", "steps_override": ["dbt build --select a --target prod"]}', "dbt build --select"),
    ('{"cause": "x", "target_name_override": "../x"}', "target_name_override"),
    ('{"cause": "x", "steps_override": ["dbt build --select \\"\\""]}', "dbt build --select"),
    ('{"cause": "x", "steps_override": ["dbt build --select \\"a --empty\\""]}', "dbt build --select"),
    ('{"cause": "x", "steps_override": ["dbt build --select a --exclude \\"b --vars {}\\""]}', "dbt build --select"),
    ('{"cause": "x", "y": NaN}', "not JSON"),
    ('{"cause": "x", "\\ud800": 1}', "not JSON"),
    ('{"cause": "load L1 of eu"}', "names no load of na"),
    ('{"cause": "load  of na"}', "names no load of na"),
    ('{"cause": "load L1 of na", "steps_override": ["dbt build -s a"]}', "takes neither steps_override"),
]


@pytest.mark.parametrize(("body", "words"), BAD_TRIGGERS)
def test_a_bad_trigger_is_refused(na: Client, body: str, words: str) -> None:
    """Status 400 and one line that says what is wrong; no run comes of it."""
    before = len(na.server.rows("select id from run"))
    headers = {"Content-Type": "application/json"}
    answer = na.send("POST", f"/jobs/{na.jobs['hourly']}/run/", data=body, headers=headers)
    assert answer.status_code == 400, answer.text
    status = answer.json()["status"]
    assert (status["code"], status["is_success"]) == (400, False)
    assert words in status["user_message"]
    assert len(na.server.rows("select id from run")) == before


def test_what_is_not_there_or_not_allowed(served: JobServer, na: Client) -> None:
    """Unknown things are 404, another region's 403, no token 401, wrong methods 405, wrong bodies 413 and 415."""
    eu = served.client("eu")
    eu.deploy()
    of_eu, of_na = eu.jobs["hourly"], na.jobs["hourly"]
    expected = {
        ("POST", f"/jobs/{of_eu}/run/"): 403,
        ("GET", f"/jobs/{of_eu}/"): 403,
        ("GET", "/jobs/?project_id=102"): 403,
        ("GET", "/runs/?environment_id=202"): 403,
        ("POST", "/jobs/999999/run/"): 404,
        ("GET", "/runs/999999/"): 404,
        ("GET", f"/runs/{2**70}/"): 404,
        ("GET", "/runs/-1/"): 404,
        ("GET", "/nothing/"): 404,
        ("PUT", "/jobs/"): 405,
        ("GET", "/runs/?limit=x"): 400,
        ("GET", "/runs/?status__in=1;2"): 400,
        ("GET", "/runs/?order_by=hash"): 400,
        ("GET", f"/runs/?job_definition_id={10**17}"): 200,
        ("GET", f"/runs/?status__in=[{10**30}]"): 200,
        ("GET", f"/runs/{'9' * 5000}/"): 404,
    }
    answers = {key: na.send(*key, json={"cause": "x"} if key[0] == "POST" else None) for key in expected}
    assert {key: answer.status_code for key, answer in answers.items()} == expected
    assert all("status" in answer.json() for answer in answers.values())
    other = na.account.replace("/accounts/1", "/accounts/2")
    assert requests.get(f"{other}/jobs/", headers={"Authorization": f"Token {na.token}"}, timeout=9).status_code == 404
    for token in ("", "x", f"{na.token}x", na.token.replace("dbtr_1_", "dbtr_2_"), "dbtr_1_" + "A" * 43):
        refused = na.send("GET", "/jobs/", headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    url = f"/jobs/{of_na}/run/"
    assert na.send("POST", url, data=b"x" * 70_000).status_code == 413
    assert na.send("POST", url, data=iter([b"x" * 40_000] * 2)).status_code == 413
    assert na.send("POST", url, data=b"<a/>", headers={"Content-Type": "text/xml"}).status_code == 415


def test_a_revoked_token_is_none(served: JobServer, na: Client) -> None:
    """From the moment on that a token is revoked it is answered with 401; the store has no token in plain text."""
    other = served.client("na")
    assert other.send("GET", "/jobs/").ok
    number = other.token.split("_")[1]
    place = ("--root", str(served.root))
    command = [sys.executable, "-m", "dbt_regions.cli", *place, "token"]
    done = subprocess.run([*command, "revoke", number], check=True, capture_output=True, text=True)
    assert done.stdout == f"token {number} is not valid any more\n"
    assert other.send("GET", "/jobs/").status_code == 401
    again = subprocess.run([*command, "revoke", number], check=False, capture_output=True, text=True)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    listed = subprocess.run([*command, "list"], check=True, capture_output=True, text=True).stdout
    assert f"{number}  na  made" in listed
    assert "revoked" in listed
    stored = b"".join(file.read_bytes() for file in served.state.iterdir() if file.is_file())
    assert not any(token.encode() in stored for token in (na.token, other.token, SECRET))


def test_a_job_of_another_commit_is_refused(own: JobServer) -> None:
    """`deploy` from a checkout that differs from the server's: exit code 2, the reason, and nothing is deployed."""
    file = own.root / "projects" / "na" / "deployment.yml"
    file.write_text(file.read_text().replace("retries: 1", "timeout_minutes: 7"))
    environment = {**program_environment(), "DBT_API_KEY": own.token("na"), "DBT_BASE_URL": own.url}
    command = [sys.executable, "-m", "dbt_regions.cli", "--root", str(REPO), "deploy", "na", "--apply"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    refused(done, 2, "execution is not as projects/na/deployment.yml says on the server")
    assert own.rows("select id from job") == []


@pytest.mark.parametrize(
    "name",
    [
        "../summary.json",
        "..%2fsummary.json",
        "%2e%2e/%2e%2e/x.json",
        "/etc/passwd",
        "run/run_results.json",
        "%00",
        "x" * 300,
    ],
)
def test_an_artifact_is_a_name_and_no_path(na: Client, name: str) -> None:
    """Nothing but the names that the list has is found, however a path is written."""
    run = na.wait_for(na.announce("artifacts")["id"], "Success")
    address = f"{na.account}/runs/{run['id']}/artifacts/{name}"
    request = requests.Request("GET", address, headers={"Authorization": f"Bearer {na.token}"}).prepare()
    request.url = address  # requests would make the path plain
    assert requests.Session().send(request, timeout=9).status_code in {400, 404}


def test_raw_requests_that_no_client_sends(served: JobServer, na: Client) -> None:
    """Broken HTTP is answered with 400 or cut off, and a host of the client's choosing is in no answer."""
    for raw in (
        b"\x00\xff\r\n\r\n",
        b"GET /api HTTP/9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", served.port), timeout=9) as opened:
            opened.sendall(raw)
            assert opened.recv(65536)[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 431", b""}
    run = na.send("GET", "/runs/", headers={"Host": "evil.example"})
    assert "evil.example" not in run.text
    assert served.is_well()


@pytest.mark.proof
def test_connections_that_send_nothing_take_no_place(served: JobServer) -> None:
    """600 connections with half a head each are closed within their time; the server answers others then."""
    opened = [socket.create_connection(("127.0.0.1", served.port), timeout=60) for _ in range(600)]
    for one in opened:
        one.sendall(b"GET /health HTTP/1.1\r\nHost: a")
    assert [one.recv(65536) for one in opened].count(b"") >= 512
    for one in opened:
        one.close()
    wait_for(served.is_well)


def test_a_burst_is_slowed_and_not_lost(serve: Callable[..., JobServer]) -> None:
    """Of 2,000 requests in a burst each is answered, some with 429 and when to come again; then all is as before."""
    own = serve("--rate", "300/minute")
    na = own.client("na")
    na.deploy()

    def announce(first: int) -> list[int]:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {na.token}"
            return [send(session, number) for number in range(first, first + 125)]

    def send(session: requests.Session, number: int) -> int:
        body = {"cause": f"load burst-{number % 7} of na"}
        headers = {"X-Forwarded-For": f"10.0.0.{number % 250}"}  # a client does not say by itself who it is
        answer = session.post(f"{na.account}/jobs/{na.jobs['hourly']}/run/", json=body, headers=headers, timeout=60)
        assert answer.ok or int(answer.headers["Retry-After"]) in range(1, 61)
        return answer.status_code

    with ThreadPoolExecutor(16) as pool:
        told = Counter(status for statuses in pool.map(announce, range(0, 2000, 125)) for status in statuses)
    assert set(told) == {200, 429}
    assert 280 <= told[200] <= 300
    assert own.is_well()
    wait_for(lambda: not own.rows("select id from run where status in (1, 2, 3)"))
    built = own.rows("select load_id, built_by from load")
    assert sorted(row["load_id"] for row in built) == [f"burst-{number}" for number in range(7)]
    assert all(row["built_by"] for row in built)
    assert "Traceback" not in own.log.read_text()
    assert own.stop() == 0
