"""The command `dbt-regions redshift-lint`: what it prints, what it returns, and that it starts fast."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dbt_regions.cli import main
from dbt_regions.redshift_lint import RULES, rule
from support.repo import ROOT


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["--root", str(ROOT), "redshift-lint", *arguments])


def _sql(folder: Path, text: str) -> str:
    file = folder / "q.sql"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_clean_file_passes(tmp_path: Path) -> None:
    """A file without a finding is one summary line and exit 0."""
    result = _run("--file", _sql(tmp_path, "select 1"))
    assert (result.exit_code, result.output) == (0, "files: 1 file, 0 findings, 0 allowances\n")


def test_a_finding_is_exit_1(tmp_path: Path) -> None:
    """A finding is one line with place, rule, what and remedy, before the summary; the command returns 1."""
    file = _sql(tmp_path, "select\n  every(a) from t")
    result = _run("--file", file)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{file}:2:3 RS101 function that Redshift does not support: function every; {rule('RS101').remedy}",
        "files: 1 file, 1 finding, 0 allowances",
    ]


def test_used_allowances_are_listed(tmp_path: Path) -> None:
    """An allowance that excused something is shown with its reason."""
    file = _sql(tmp_path, "-- redshift-lint: allow RS101 because it is tried\nselect every(a) from t")
    result = _run("--file", file)
    assert result.exit_code == 0
    assert f"{file}:1:4 allowed RS101: it is tried" in result.output.splitlines()


def test_json_is_a_list(tmp_path: Path) -> None:
    """With --json, stdout is one JSON list of findings and nothing else."""
    result = _run("--json", "--file", _sql(tmp_path, "select every(a) from t"))
    found = json.loads(result.output)
    assert result.exit_code == 1
    assert [(one["code"], one["line"], one["column"], one["text"]) for one in found] == [("RS101", 1, 8, "every")]
    assert json.loads(_run("--json", "--file", _sql(tmp_path, "select 1")).output) == []


def test_redshift_only_leaves_out_postgres_rules(tmp_path: Path) -> None:
    """SQL for Redshift alone may use Redshift's own functions."""
    file = _sql(tmp_path, "select getdate()")
    assert _run("--file", file).exit_code == 1
    assert _run("--redshift-only", "--file", file).exit_code == 0


def test_rules_are_listed() -> None:
    """--rules prints every rule with remedy and page or source; --json gives the same as data."""
    text = _run("--rules").output
    for listed in RULES:
        line = next(line for line in text.splitlines() if line.strip().startswith(listed.code))
        for part in (listed.title, listed.remedy, listed.page or listed.source):
            assert part in line
    assert [one["code"] for one in json.loads(_run("--rules", "--json").output)] == [listed.code for listed in RULES]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nothing to lint"),
        (("nowhere",), "unknown region 'nowhere'"),
        (("--file", "no/such.sql"), "no/such.sql cannot be read"),
        (("--file", "docs"), "docs cannot be read"),
        (("--rule",), "No such option"),
        (("--redshift-only",), "nothing to lint"),
        (("--redshift-only", "phoenix"), "--redshift-only is for files"),
    ],
)
def test_a_wrong_request_is_exit_2(arguments: tuple[str, ...], words: str) -> None:
    """An unknown region, a missing file, an unknown option or nothing at all is one line and exit 2."""
    result = _run(*arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert result.output.count("\n") == 1


def test_text_that_is_no_text_is_exit_2(tmp_path: Path) -> None:
    """A binary file is a wrong request, not a crash."""
    file = tmp_path / "q.sql"
    file.write_bytes(b"\xff\xfe\x00")
    result = _run("--file", str(file))
    assert result.exit_code == 2
    assert "is not UTF-8 text" in result.output


def test_a_byte_order_mark_is_no_finding(tmp_path: Path) -> None:
    """A file that begins with the mark of UTF-8, as editors on Windows write it, is read like any other."""
    result = _run("--file", _sql(tmp_path, "\ufeffselect every(a) from t"))
    assert "q.sql:1:8 RS101" in result.output
    assert result.output.count("RS") == 1


@pytest.mark.parametrize(
    "text", ["select * from {{ ref('a') }}", "{% if x %}select 1{% endif %}", "{#- it's -#}\nselect 1"]
)
def test_a_template_is_exit_2(tmp_path: Path, text: str) -> None:
    """A file that dbt has yet to render is a wrong request in one line, which says what to lint instead."""
    result = _run("--file", _sql(tmp_path, text))
    assert result.exit_code == 2
    assert "q.sql is a template, not plain SQL; lint its region instead" in result.output
    assert result.output.count("\n") == 1


def test_braces_in_strings_are_no_template(tmp_path: Path) -> None:
    """Braces in strings and comments are no Jinja."""
    result = _run("--file", _sql(tmp_path, "select '{{ a }}' as b, '{% c %}' as d -- {{ e }}"))
    assert (result.exit_code, result.output) == (0, "files: 1 file, 0 findings, 0 allowances\n")


def test_control_characters_are_spelled_out(tmp_path: Path) -> None:
    """What a terminal would obey, in SQL or in an allowance's reason, is printed as its escape."""
    result = _run(
        "--file", _sql(tmp_path, "-- redshift-lint: allow RS101 because \x1b[2J\nselect every(a)\nfrom \x1b t")
    )
    assert "\\x1b" in result.output
    assert "\x1b" not in result.output


def test_help_does_not_load_the_parser() -> None:
    """`--help`, of the program and of this command, answers without importing sqlglot or dbt."""
    code = (
        "import sys\nfrom dbt_regions.cli import main\n"
        "try:\n    main(['redshift-lint', '--help'])\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sorted({'sqlglot', 'dbt', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "LOADED"
