"""dbt's own tests of the shared package: its unit tests, and its integration project on the embedded Postgres."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbt_regions import files
from dbt_regions.build.stages import dbt_environment
from dbt_regions.dbt_runner import dbt_command
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.warehouse import Server
from support.monorepo import Monorepo, copy_monorepo

DATABASE = "integration_tests"


@pytest.fixture(scope="module")
def integration() -> Iterator[Monorepo]:
    """The integration project, built in a database of its own."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copy = copy_monorepo(Path(folder), regions=["na"])
        packages = copy.root / "packages"
        installed = packages / "shared_macros/integration_tests/dbt_packages"
        files.link(installed / "shared_macros", packages / "shared_macros")
        files.link(installed / "dbt_utils", Path(os.environ.get("DBT_UTILS_PATH", packages / "dbt_utils_standin")))
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
    """Every public macro's wrapper gives the expected rows, each generic test passes and fails where it must."""
    assert (integration.root / "target/run_results.json").exists()


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


def test_unit_tests_of_the_shared_models(monorepo: Monorepo) -> None:
    """The package's dbt unit tests (given rows, expected rows for every model) pass in a built region."""
    assert monorepo.build_one("na").exit_code == 0
    result = monorepo.cli("dbt", "na", "--", "test", "--select", "test_type:unit")
    assert result.returncode == 0, result.stdout[-3000:]
    assert "ERROR=0" in result.stdout
    assert "PASS=0" not in result.stdout
