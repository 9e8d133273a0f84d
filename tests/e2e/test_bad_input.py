"""Bad input: each gets one line on stderr that says what, where and what to do, its exit code, and no traceback."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.monorepo import Monorepo
from support.refusal import refused

STANDING = ("eu",)
DEPLOYMENT = "projects/na/deployment.yml"
NEEDED = ("events", "orders", "addresses")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder of CSV files in NA's shape: one session, one order."""
    folder = tmp_path_factory.mktemp("raw")
    (folder / "events.csv").write_text(
        "event_id,session_id,user_id,page_url,created_at,event_type,order_id,product_id\n"
        "e1,s1,u1,https://shop.example/p,2021-02-10T00:00:05Z,page_view,,p1\n"
    )
    (folder / "orders.csv").write_text(
        "order_id,user_id,promo_id,address_id,created_at,order_cost,shipping_cost,order_total,tracking_id,"
        "shipping_service,estimated_delivery_at,delivered_at,status\n"
        "o1,u1,,a1,2021-02-10T00:01:05Z,10.5,1,11.5,,,,,preparing\n"
    )
    (folder / "addresses.csv").write_text(
        "address_id,address,zipcode,state,country\na1,1 Main Street,07001,New Jersey,United States\n"
    )
    return folder


def spoilt(raw: Path, folder: Path, name: str, text: str | None) -> Path:
    """Return a copy of the raw folder with one file replaced, or taken out."""
    for file in raw.iterdir():
        if file.name != name:
            (folder / file.name).write_text(file.read_text())
    if text is not None:
        (folder / name).write_text(text)
    return folder


def test_unknown_region(monorepo: Monorepo) -> None:
    """An unknown region is a wrong request that lists the known ones, for every command that takes a region."""
    for command in (("build", "atlantis"), ("next-load", "atlantis"), ("warehouse", "query", "atlantis", "select 1")):
        refused(monorepo.cli(*command), 2, "unknown region 'atlantis'", "apac, eu, na, phoenix")


def test_no_region_and_unknown_option(monorepo: Monorepo) -> None:
    """A build without a region, or with an option that there is not, is a wrong request."""
    refused(monorepo.cli("build"), 2, "name a region")
    refused(monorepo.cli("build", "na", "--sclae", "2"), 2, "--sclae")
    refused(monorepo.cli("build", "na", "--scale", "0"), 2, "--scale 0")
    refused(monorepo.cli("build", "na", "--target", "prod", "--scale", "2"), 2, "embedded")


def test_outside_the_monorepo(monorepo: Monorepo, tmp_path: Path) -> None:
    """Outside the monorepo the CLI says what it looked for."""
    result = subprocess.run(
        [*monorepo.command("regions")[:3], "regions"], check=False, capture_output=True, text=True, cwd=tmp_path
    )
    refused(result, 2, "not inside the monorepo")


def test_csv_folder(monorepo: Monorepo, raw: Path, tmp_path: Path) -> None:
    """A missing folder is told apart from a missing table, and every table that the region needs is needed."""
    refused(monorepo.cli("build", "na", "--raw", str(tmp_path / "nowhere")), 2, "--raw", "does not exist")
    for table in NEEDED:
        folder = tmp_path / table
        folder.mkdir()
        refused(
            monorepo.forked_cli("build", "na", "--raw", str(spoilt(raw, folder, f"{table}.csv", None))),
            2,
            f"{table}.csv",
        )


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (("orders.csv", ",status", ",state"), ("no column status",)),
        (("events.csv", ",page_view,,p1", ",page_view"), ("line 2",)),
        (("events.csv", "2021-02-10T00:00:05Z", "yesterday-ish"), ("line 2", "created_at")),
        (("events.csv", "type,order_id", "type,order_id,order_id"), ("order_id twice",)),
        (("events.csv", "product_id\n", "product_id,\n"), ("a column named ''",)),
        (("events.csv", "product_id\n", "product_id,ctid\n"), ("'ctid'",)),
        (("events.csv", "event_id,", '"event_id,' + "x" * 140_000), ("cannot read",)),
    ],
    ids=["missing column", "short row", "bad value", "repeated column", "no name", "system column", "open quote"],
)
def test_broken_csv(
    monorepo: Monorepo, raw: Path, tmp_path: Path, fault: tuple[str, str, str], words: tuple[str, ...]
) -> None:
    """A broken CSV file is named with line or column, and nothing of the folder is loaded."""
    name, old, new = fault
    text = (raw / name).read_text().replace(old, new)
    refused(monorepo.forked_cli("build", "na", "--raw", str(spoilt(raw, tmp_path, name, text))), 2, name, *words)
    assert monorepo.rows("na", "select count(*) from analytics_history.load_manifest") == ((0,),)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("owner:", "owners:", ("owners", "Extra inputs")),
        ("region: na", "region: eu", ("'eu'", "'na'")),
        ("cron:", "cron: '61 * * * *' #", ("bad cron",)),
        ("time_zone:", "time_zone: Mars/Olympus #", ("Mars/Olympus",)),
        ("jobs:", "jobs: [", ("not YAML",)),
    ],
    ids=["unknown key", "other region", "bad cron", "bad time zone", "not YAML"],
)
def test_malformed_deployment(monorepo: Monorepo, old: str, new: str, words: tuple[str, ...]) -> None:
    """A deployment.yml that does not say what it must is named with field and repair."""
    file = monorepo.root / DEPLOYMENT
    kept = file.read_text()
    monorepo.edit(DEPLOYMENT, (old, new))
    try:
        refused(monorepo.cli("build", "na"), 2, DEPLOYMENT, *words)
    finally:
        file.write_text(kept)


def test_mixed_origins(monorepo: Monorepo, raw: Path) -> None:
    """CSV files do not replace generated data unnoticed: that would close every snapshot row."""
    refused(monorepo.cli("build", "eu", "--scale", "2"), 2, "another origin", "reset")
    refused(monorepo.forked_cli("build", "eu", "--raw", str(raw)), 2, "another origin", "reset")


def test_query_that_fails(monorepo: Monorepo) -> None:
    """A query that Postgres refuses is the data's no, in one line."""
    refused(monorepo.cli("warehouse", "query", "eu", "select no_such_column"), 1, "no_such_column")


def test_select_and_vars_that_make_no_sense(monorepo: Monorepo) -> None:
    """A selection that matches nothing, variables that are not YAML and an unknown target are wrong requests."""
    refused(monorepo.cli("build", "eu", "--select", "no_such_model"), 2, "--select no_such_model matches no")
    refused(monorepo.forked_cli("build", "eu", "--vars", "{a: ["), 2, "not a YAML mapping")
    refused(monorepo.forked_cli("build", "eu", "--target", "no_such_target"), 2, "no_such_target")
    refused(monorepo.forked_cli("build", "eu", "--target", "prod"), 2, "DBT_EU_HOST")


@pytest.mark.parametrize("region", ["eu", "phoenix"])
def test_a_secret_that_is_not_set(monorepo: Monorepo, region: str) -> None:
    """dbt and its adapter speak of a type or a field; the build names the variable of the password."""
    name = region.upper()
    login = {f"DBT_{name}_{part}": "127.0.0.1" for part in ("HOST", "USER", "DATABASE")} | {f"DBT_{name}_PORT": "1"}
    secret = f"DBT_ENV_SECRET_{name}_PASSWORD"
    build = ("build", region, "--target", "prod")
    refused(monorepo.forked_cli(*build, **login), 2, f"not set: {secret}", f"projects/{region}/profiles.yml")
    assert "not set" not in monorepo.forked_cli(*build, **login, **{secret: "x"}).stderr
