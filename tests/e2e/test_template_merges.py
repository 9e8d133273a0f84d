"""Whatever both sides did to a file, an update loses no line of it, and killed anywhere it comes to the same."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dbt_regions.template import update_region
from support.standing import scratch_folder
from support.template_history import TemplateHistory, start_history

FILE = "notes.txt"
LINES = st.lists(st.sampled_from(["a", "b", "", "  - c"]), max_size=8)
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "delete", "replace"]),
        st.integers(0, 8),
        st.sampled_from(["a", "b", "", "of one's own"]),
        st.booleans(),
    ),
    max_size=4,
)
SLOW = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class KilledError(BaseException):
    """Ends an update as a kill does, from the outside."""


@pytest.fixture(scope="module")
def history() -> Iterator[TemplateHistory]:
    """A repository with one region, and a template of one small file beside those that make it a region."""
    with scratch_folder() as folder:
        made = start_history(folder, "eu")
        for name in ("profiles.yml", "packages.yml", "deployment.yml", "README.md", "models"):
            file = made.template_file(name)
            shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)
        made.template_file("dbt_project.yml").write_text("name: eu\n")
        made.region_file("dbt_project.yml").write_text("name: eu\n")
        yield made


@dataclass(frozen=True)
class Sides:
    """A file's text as the old template had it, as the region has it, as the template of today has it."""

    old: str
    own: str
    new: str


def edited(lines: list[str], edits: list[tuple[str, int, str, bool]], side: str) -> list[str]:
    """Return lines after edits; an edit that is marked brings a line that is there once only."""
    lines = list(lines)
    for number, (what, place, line, unique) in enumerate(edits):
        at = min(place, len(lines))
        lines[at : at + (what != "insert")] = [] if what == "delete" else [f"{side} {number}" if unique else line]
    return lines


def text(lines: list[str], *, ended: bool = True) -> str:
    """Return lines as a file's text, its last line with or without its end."""
    return "\n".join(lines) + ("\n" if ended and lines else "")


@st.composite
def sides(draw: st.DrawFn) -> Sides:
    """Draw a small file and what region and template have each made of it."""
    old = draw(LINES)
    own, new = edited(old, draw(EDITS), "own"), edited(old, draw(EDITS), "new")
    return Sides(text(old), text(own, ended=draw(st.booleans())), text(new, ended=draw(st.booleans())))


def begin(history: TemplateHistory, case: Sides) -> None:
    """Bring a region to the old template, then edit both sides."""
    history.region_file(FILE + ".conflict").unlink(missing_ok=True)
    for file in (history.template_file(FILE), history.region_file(FILE)):
        file.write_text(case.old)
    remembered = history.region_file("template.yml")
    remembered.write_text(remembered.read_text().replace(history.recorded(), history.today))
    history.commit()
    assert update_region(history.root, "eu").files == ()
    history.region_file(FILE).write_text(case.own)
    history.template_file(FILE).write_text(case.new)


def added(old: str, new: str) -> Counter[str]:
    """Return the lines that a text has more of than the text that it came from."""
    return Counter(new.splitlines()) - Counter(old.splitlines())


@SLOW
@given(case=sides())
@example(case=Sides("a\nb\n", "a\nmine", "a\ntheirs"))
def test_no_line_is_lost(history: TemplateHistory, case: Sides) -> None:
    """A clean merge has each line that either side added; on a conflict the file stays and the merge has them all."""
    begin(history, case)
    update_region(history.root, "eu")
    after = history.region_file(FILE).read_text()
    conflict = history.region_file(FILE + ".conflict")
    whole = conflict.read_text() if conflict.exists() else after
    if conflict.exists():
        assert after == case.own
        assert "<<<<<<< projects/eu" in whole
        conflict.unlink()
    else:
        assert "<<<<<<<" not in after
        assert after == case.new or case.own != case.old
    missing = {
        line: count
        for side in (case.own, case.new)
        for line, count in added(case.old, side).items()
        if whole.splitlines().count(line) < count
    }
    assert not missing
    twice = [line for line in whole.splitlines() if line.startswith(("own ", "new ")) and whole.count(line) > 1]
    assert not twice
    files = history.files()
    assert update_region(history.root, "eu").files == ()
    assert history.files() == files


@settings(SLOW, max_examples=20)
@given(case=sides())
@example(case=Sides("b\nb\nb\n", "\nb\n", "b\nb\nb\nb\n"))
@example(case=Sides("b\na\n\n", "b\na\na\n\n", "b\na\n\n\n"))
def test_a_killed_merge_is_not_merged_twice(history: TemplateHistory, case: Sides) -> None:
    """Ended when the file is written and the version is not, an update comes to the same when it is run again.

    The examples are texts that git, merging the merged text once more, would give one line too many.
    """
    begin(history, case)
    before = history.files()
    update_region(history.root, "eu")
    undisturbed = history.files()
    for name in undisturbed:
        history.region_file(name).write_bytes(before[name]) if name in before else history.region_file(name).unlink()
    with mock.patch("dbt_regions.template.update._remember", side_effect=KilledError), pytest.raises(KilledError):
        update_region(history.root, "eu")
    update_region(history.root, "eu")
    assert history.files() == undisturbed
