"""dbt's own tests of the shared package: its unit tests, and its integration project on the embedded Postgres."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbt_regions.build.stages import dbt_environment
from dbt_regions.dbt_runner import dbt_command
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.warehouse import Server
from support.integration_project import DATABASE, link_packages
from support.monorepo import Monorepo, copy_monorepo


@pytest.fixture(scope="module")
def integration() -> Iterator[Monorepo]:
    """The integration project, built in a database of its own."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copy = copy_monorepo(Path(folder), regions=["na"])
        link_packages(copy)
        built = dbt(copy, "build")
        assert built.returncode == 0, built.stdout[-3000:]
        yield copy
        copy.stop()


def dbt(monorepo: Monorepo, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run plain dbt on the integration project."""
    connection = Server(monorepo.home).region(DATABASE)
    project = monorepo.root / "packages/shared_macros/integration_tests"
    command = dbt_command(project, monorepo.root / "target", target=EMBEDDED_TARGET, arguments=arguments)
    environment = {**os.environ, **dbt_environment(connection, "integration")}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


def test_wrappers_and_generic_tests(integration: Monorepo) -> None:
    """Wrappers give the expected rows, generic tests pass and fail where they must, the models' unit tests ran."""
    manifest = json.loads((integration.root / "target/manifest.json").read_text())
    results = json.loads((integration.root / "target/run_results.json").read_text())["results"]
    passed = {result["unique_id"] for result in results if result["status"] in {"pass", "success"}}
    assert len(passed) == len(results)
    unit_tests = {key for key in manifest["unit_tests"] if key.startswith("unit_test.shared_macros.")}
    assert unit_tests
    assert unit_tests <= passed


@pytest.mark.parametrize("check", ["check_compare_columns", "check_definitions"])
def test_pure_macros(integration: Monorepo, check: str) -> None:
    """All combinations of a changed column give exactly the expected findings; a definition is plain data."""
    result = dbt(integration, "run-operation", check)
    assert result.returncode == 0, result.stdout[-3000:]


@pytest.mark.proof
def test_columns_through_real_tables(integration: Monorepo) -> None:
    """The same combinations, read back from real temporary tables."""
    result = dbt(integration, "run-operation", "check_gate_columns")
    assert result.returncode == 0, result.stdout[-3000:]
