"""The last step of a load on AWS Glue (Python shell 3.9): starts the region's dbt job for this load, and ends.

It needs nothing but the standard library and the boto3 that Glue ships; docs/howto/glue.md shows it in a workflow. It
asks the API of dbt Cloud (v2), or of a server that speaks it, for a run whose cause carries the load's id. It may run
twice: it first looks for the run that was started for the load before. What may pass (no answer, 429, 5xx) is tried
again with back-off; a refusal (401, 404) is not. It does not wait for the run. Exit code 0: there is a run for the
load; 1: there is none, and the workflow shows it; 2: an argument is missing.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any

ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 60.0
TIMEOUT_SECONDS = 30
PASSING = (408, 429, 500, 502, 503, 504)
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,127}")
TOKEN = re.compile(r"[\x21-\x7e]+")
SUCCESS = 10
FAILED = (20, 30)
"""Error and cancelled: a load of such a run may be started again."""


class RefusedError(Exception):
    """The server's final word, or what was given to us is wrong."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Makes an answer that leads elsewhere a refusal: the token would go there too."""

    def redirect_request(self, *_: object) -> None:
        """Lead nowhere."""


class LaterError(Exception):
    """An answer that may be another a little later; `seconds` is what the server asked to wait, 0 for nothing."""

    def __init__(self, words: str, seconds: float = 0.0) -> None:
        super().__init__(words)
        self.seconds = seconds


def read_arguments(words: Sequence[str]) -> argparse.Namespace:
    """Return what the Glue job was given; Glue's own arguments beside it are passed over."""
    parser = argparse.ArgumentParser(description="Starts a region's dbt job for a load.", allow_abbrev=False)
    parser.add_argument("--region", required=True, help="the region, as its folder is called")
    parser.add_argument(
        "--load_id", help="the load that is complete now; else the workflow run's property of that name"
    )
    parser.add_argument("--watermark", help="the highest event or change time of the load; else that property, or none")
    parser.add_argument("--WORKFLOW_NAME", help="given by Glue where a workflow runs the job")
    parser.add_argument("--WORKFLOW_RUN_ID", help="as above")
    parser.add_argument("--base_url", default="https://cloud.getdbt.com", help="where the API is")
    parser.add_argument("--account_id", required=True, type=int, help="the account's number there")
    parser.add_argument("--job_id", required=True, type=int, help="the region's job with trigger: load")
    parser.add_argument("--secret_id", required=True, help="the secret of AWS Secrets Manager that holds the token")
    return parser.parse_known_args(words)[0]


def ask_aws(service: str, operation: str, **arguments: str) -> Any:
    """Return what AWS answers, which boto3 asks again where it may; RefusedError where it refuses or is silent."""
    import boto3  # noqa: PLC0415  Glue has it, other machines need not
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  as above

    try:
        return getattr(boto3.client(service), operation)(**arguments)
    except (BotoCoreError, ClientError) as error:
        message = f"AWS {service}: {' '.join(str(error).split())}"
        raise RefusedError(message) from None


def read_load(given: argparse.Namespace) -> tuple[str, str]:
    """Return load id and watermark ("" for none), of the arguments or of the workflow run; RefusedError for no id."""
    found = {"load_id": given.load_id, "watermark": given.watermark}
    if not given.load_id and given.WORKFLOW_NAME:
        run = {"Name": given.WORKFLOW_NAME, "RunId": given.WORKFLOW_RUN_ID}
        found = ask_aws("glue", "get_workflow_run_properties", **run)["RunProperties"]
    if not found.get("load_id"):
        message = "no load id: give --load_id, or set the property load_id of the workflow's run"
        raise RefusedError(message)
    if not ID.fullmatch(found["load_id"]) or not ID.fullmatch(given.region):
        message = "load id and region are up to 128 letters, digits and _ . : + - each"
        raise RefusedError(message)
    return found["load_id"], found.get("watermark") or ""


def read_token(secret_id: str) -> str:
    """Return the token: the secret's text, or its key `token` where it is JSON."""
    text: str = ask_aws("secretsmanager", "get_secret_value", SecretId=secret_id)["SecretString"].strip()
    try:
        token = str(json.loads(text)["token"]) if text.startswith("{") else text
    except (ValueError, KeyError):
        token = ""
    if not TOKEN.fullmatch(token):
        message = f"the secret {secret_id} is no token: one word, or JSON with the key token"
        raise RefusedError(message)
    return token


def ask(url: str, token: str, body: dict[str, str] | None = None) -> Any:
    """Return the `data` of the API's answer to a read, or to a body that is posted.

    RefusedError where the answer is final, LaterError where there is none or it may be another later.
    """
    if not url.startswith(("https://", "http://127.0.0.1:")):  # the token goes nowhere in plain text
        message = f"base_url {url.partition('/api/')[0]} does not begin with https://"
        raise RefusedError(message)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=content, headers=headers)
    where = urllib.parse.urlsplit(url)
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        words = f"{where.path} answers {error.code} {error.reason}"
        if error.code in PASSING:
            after = error.headers.get("Retry-After") or ""
            seconds = float(after) if re.fullmatch(r"[0-9]{1,9}", after) else 0.0
            raise LaterError(words, min(seconds, LONGEST_WAIT_SECONDS)) from None
        raise RefusedError(words) from None
    except (OSError, ValueError, KeyError, TypeError) as error:  # no connection, a broken one, or no such JSON
        message = f"{where.netloc}: {type(error).__name__}"
        raise LaterError(message) from None


def ensure_run(account_url: str, job_id: int, token: str, load: str, cause: str) -> tuple[int, bool]:
    """Return the number of the load's run and whether it is new: the one that did not fail, or one started now."""
    try:
        return _ensure_run(account_url, job_id, token, load, cause)
    except (AttributeError, KeyError, TypeError) as error:
        message = f"the answer is not of the form of dbt Cloud's API v2 ({type(error).__name__})"
        raise RefusedError(message) from None


def _ensure_run(account_url: str, job_id: int, token: str, load: str, cause: str) -> tuple[int, bool]:
    query = {"job_definition_id": job_id, "order_by": "-id", "limit": 100, "include_related": '["trigger"]'}
    for run in ask(f"{account_url}/runs/?{urllib.parse.urlencode(query)}", token):
        said = (run.get("trigger") or {}).get("cause") or ""
        missed = [one["load_id"] for one in run.get("loads") or () if one["built_by"] is None]  # as our server tells it
        has_missed = run["status"] == SUCCESS and load.split(" ")[1] in missed
        if said.partition(",")[0] == load and run["status"] not in FAILED and not has_missed:
            return run["id"], False
    return ask(f"{account_url}/jobs/{job_id}/run/", token, {"cause": cause})["id"], True


def repeat(action: Callable[[], tuple[int, bool]], first_wait: float) -> tuple[int, bool]:
    """Return what an action returns, tried up to ATTEMPTS times while it raises LaterError; the last one is raised."""
    for attempt in range(1, ATTEMPTS):
        try:
            return action()
        except LaterError as later:
            wait = min(first_wait * 2 ** (attempt - 1), LONGEST_WAIT_SECONDS) * random.uniform(0.5, 1.5)
            wait = max(wait, later.seconds)
            print(f"attempt {attempt}: {later}; again in {wait:.0f} s", flush=True)
        time.sleep(wait)
    return action()


def main(words: Sequence[str], first_wait: float = 2.0) -> int:
    """Start the run; return the exit code."""
    given = read_arguments(words)
    account_url = f"{given.base_url.rstrip('/')}/api/v2/accounts/{given.account_id}"
    load = f"a load of {given.region}"
    try:
        load_id, watermark = read_load(given)
        load = f"load {load_id} of {given.region}"
        cause = f"{load}, watermark {watermark}" if watermark else load
        token = read_token(given.secret_id)
        number, is_new = repeat(lambda: ensure_run(account_url, given.job_id, token, load, cause), first_wait)
    except (RefusedError, LaterError) as error:
        print(f"no run for {load}: {error}", file=sys.stderr, flush=True)
        return 1
    print(f"{load}: run {number} {'started' if is_new else 'was started before'}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
