"""The front door: `nox -s build-na` builds a region. One environment, .venv, serves every session and every nox."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PROGRAMS = ENVIRONMENT / "bin"
REGIONS = sorted(file.parent.name for file in ROOT.glob("projects/*/dbt_project.yml"))
TEMPLATED_SQL_RULES = (  # all but layout.indent and its kin, which misread Jinja's loops
    "aliasing,ambiguous,capitalisation,convention,jinja,references,structure,layout.commas,layout.functions,"
    "layout.keyword_newline,layout.long_lines,layout.operators,layout.select_targets,layout.spacing"
)
ON_TWO = ("--numprocesses", "2", "--dist", "loadfile")
LINTERS = (
    "ruff check .",
    "ruff format --check .",
    "mypy",
    "lint-imports",
    "sqlfluff lint " + " ".join(f"projects/{region}/models" for region in REGIONS),
    f"sqlfluff lint --rules {TEMPLATED_SQL_RULES} packages/shared_macros/models packages/shared_macros/macros",
    "yamllint --strict .",
    "check-jsonschema --builtin-schema vendor.github-workflows "
    + " ".join(f".github/workflows/{r}.yml" for r in REGIONS),
    "zizmor --offline --quiet .github/workflows",
    "pytest tests/contract " + " ".join(ON_TWO),
)

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "none"
nox.options.sessions = []  # a bare `nox` shows the menu and starts nothing


def _ensure_environment(session: nox.Session) -> None:
    """Make .venv and install the lock and this repository into it, unless its stamp says that it is up to date."""
    texts = ((ROOT / name).read_bytes() for name in ("requirements.txt", "pyproject.toml"))
    wanted = hashlib.sha256(b"".join([str(ROOT).encode(), *texts])).hexdigest()
    stamp = ENVIRONMENT / "installed.sha256"
    (ROOT / ".nox").mkdir(exist_ok=True)
    with (ROOT / ".nox" / "environment.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # two nox started at once fill the environment one after the other
        if not stamp.exists() or stamp.read_text() != wanted:
            installer = _installer(session)
            session.run(*installer, "--quiet", "--require-hashes", "--requirement", "requirements.txt")
            session.run(*installer, "--quiet", "--no-deps", "--no-build-isolation", "--editable", ".")
            stamp.write_text(wanted)


def _installer(session: nox.Session) -> tuple[str, ...]:
    """Return the command that installs into .venv: its own pip, or uv where Python comes without venv or pip."""
    python = str(PROGRAMS / "python")
    if not Path(python).exists() and not (3, 10) <= sys.version_info < (3, 14):
        session.error(f"Python 3.10 to 3.13 makes .venv, this is {sys.version[:6]}: run nox with one of them")
    if _succeeds(python, "-m", "pip", "--version") or _succeeds(sys.executable, "-m", "venv", str(ENVIRONMENT)):
        return (python, "-m", "pip", "install")
    if not (uv := shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv") or ""):
        session.error("python -m venv fails and there is no uv: install Debian's python3-venv, or nox[uv]")
    session.run(uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(ENVIRONMENT))
    return (uv, "pip", "install", "--python", python)


def _succeeds(*command: str) -> bool:
    return Path(command[0]).exists() and subprocess.run(command, check=False, capture_output=True).returncode == 0


def _run(session: nox.Session, program: str, *arguments: str) -> None:
    session.run(str(PROGRAMS / program), *arguments, interrupt_timeout=60, terminate_timeout=15)  # to record it


def _offer(name: str, purpose: str, *command: str) -> None:
    """Put one session on the menu: its name, what it is for, and the command that it runs."""

    def run_command(session: nox.Session) -> None:
        _ensure_environment(session)
        _run(session, *command, *session.posargs)

    run_command.__doc__ = purpose
    nox.session(name=name, python=False)(run_command)


for region in REGIONS:
    _offer(f"build-{region}", f"Build region {region}: load, test, publish, document.", "dbt-regions", "build", region)
    _offer(f"deploy-{region}", f"Plan {region}'s jobs, or `-- --apply` them.", "dbt-regions", "deploy", region)
    _offer(f"next-load-{region}", f"Bring {region}'s next load; show what changed.", "dbt-regions", "next-load", region)
_offer("build", "Build all regions side by side, with one table at the end.", "dbt-regions", "build", "--all")
_offer("compare", "Put the regions' funnels side by side; add up what may be added.", "dbt-regions", "compare")
_offer("affected", "Say what a change touches in each region: `-- --since REV`.", "dbt-regions", "affected")
_offer("parity", "Prove that all shared SQL is the same in every region, or say why not.", "dbt-regions", "parity")
_offer("new-region", "Make a new region, mapped like one that is here.", "dbt-regions", "new-region")
_offer("deployments", "Render deployment.yml; say which job builds what.", "dbt-regions", "deployments")
_offer("serve", "Run the job server: dbt Cloud's API v2, crons, each load once.", "dbt-regions", "serve")
_offer("docs", "Write the index page over all regions' documentation, as their builds left it.", "dbt-regions", "docs")
_offer("bench", "Measure builds against separate dbt commands, and loads onto long histories.", "python", "tests/bench")
_offer("redshift", "Check Phoenix for Redshift, without a cluster.", "pytest", "tests/redshift", "-m", "layer")
_offer("proofs", "Run the slow demonstrations of what the project promises.", "pytest", "-m", "proof or layer", *ON_TWO)


@nox.session(python=False)
def lint(session: nox.Session) -> None:
    """Check Python, its types and its layers, SQL, YAML, and the repository's own rules."""
    _ensure_environment(session)
    for command in LINTERS:
        _run(session, *command.split())


@nox.session(python=False)
def tests(session: nox.Session) -> None:
    """Run lint, then all tests but the rules: units, dbt's unit tests, end to end."""
    lint(session)
    _run(session, "python", "tests/support/install_dbtc.py")
    _run(session, "pytest", *ON_TWO, *(session.posargs or ("--ignore", "tests/contract")))
