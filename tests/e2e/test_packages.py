"""Where dbt_utils comes from: the hub (a loopback one here), a folder of the user's own, or the stand-in."""

from __future__ import annotations

import functools
import json
import tarfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from dbt_regions.domain import BuildSummary
from support.monorepo import REPO, Monorepo

VERSION = "1.3.9"


class Hub(SimpleHTTPRequestHandler):
    """Serves files without logging."""

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    """A loopback package hub whose dbt_utils is the stand-in, numbered as a release."""
    site = tmp_path / "hub"
    (site / "api/v1/dbt-labs").mkdir(parents=True)
    package = tmp_path / f"dbt-utils-{VERSION}"
    for file in (REPO / "packages/dbt_utils_standin").rglob("*"):
        if file.is_file():
            copy = package / file.relative_to(REPO / "packages/dbt_utils_standin")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(file.read_text().replace("0.0.0", VERSION))
    with tarfile.open(site / "dbt_utils.tar.gz", "w:gz") as archive:
        archive.add(package, arcname=package.name)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Hub, directory=str(site)))
    address = f"http://127.0.0.1:{server.server_port}/"
    release = {
        "id": f"dbt-labs/dbt_utils/{VERSION}",
        "name": "dbt_utils",
        "version": VERSION,
        "packages": [],
        "require_dbt_version": [">=1.3.0", "<3.0.0"],
        "downloads": {"tarball": f"{address}dbt_utils.tar.gz", "format": "tgz", "sha1": "0" * 40},
    }
    (site / "api/v1/index.json").write_text(json.dumps(["dbt-labs/dbt_utils"]))
    (site / "api/v1/dbt-labs/dbt_utils.json").write_text(
        json.dumps({"name": "dbt_utils", "namespace": "dbt-labs", "latest": VERSION, "versions": {VERSION: release}})
    )
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield address
    server.shutdown()
    server.server_close()
    thread.join()


def test_dbt_utils_comes_from_the_hub_and_stays(fresh: Monorepo, hub: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a hub in reach `dbt deps` installs its dbt_utils; once it is out of reach, the installed one is kept."""
    monkeypatch.setenv("DBT_PACKAGE_HUB_URL", hub)
    summary = fresh.build_one("na")
    assert summary.dbt_utils == f"{VERSION} (hub)", summary.first_error
    assert summary.exit_code == 0, summary.first_error
    monkeypatch.setenv("DBT_PACKAGE_HUB_URL", "http://127.0.0.1:9/")
    summary = fresh.build_one("na", select="canonical_events")
    assert summary.dbt_utils == f"{VERSION} (hub)"
    assert summary.exit_code == 0, summary.first_error


def test_stand_in_where_the_hub_is_out_of_reach(fresh: Monorepo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a hub the stand-in is linked, and the build says so; a later hub replaces it."""
    monkeypatch.setenv("DBT_PACKAGE_HUB_URL", "http://127.0.0.1:9/")
    summary = fresh.build_one("na", select="canonical_events")
    assert summary.dbt_utils == "0.0.0 (stand-in: the dbt hub is out of reach)"
    assert (fresh.root / "projects/na/dbt_packages/dbt_utils").is_symlink()


def test_own_dbt_utils(fresh: Monorepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DBT_UTILS_PATH names the dbt_utils to use; a folder that is no dbt package is a wrong request."""
    monkeypatch.setenv("DBT_UTILS_PATH", str(REPO / "packages/dbt_utils_standin"))
    assert (fresh.build_one("na", select="canonical_events").dbt_utils or "").endswith("(DBT_UTILS_PATH)")
    monkeypatch.setenv("DBT_UTILS_PATH", str(tmp_path))
    outcome = fresh.build("na")["na"]
    assert isinstance(outcome, BuildSummary)
    assert outcome.exit_code == 2
    assert "DBT_UTILS_PATH" in (outcome.first_error or "")
