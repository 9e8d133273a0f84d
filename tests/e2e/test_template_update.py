"""An update of a region to the template of today: the region's edits are kept, conflicts are said, nothing is lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
import yaml

from dbt_regions.errors import DataError
from dbt_regions.template import update_region
from dbt_regions.template.origin import read_origin
from dbt_regions.template.rendering import render_texts
from support.refusal import refused
from support.repo import ROOT
from support.template_history import OTHER, OWN, TARGETS, TemplateHistory, change_template, outcomes, start_history

SHIPPED = ("apac", "eu", "na", "phoenix")
NOTES = "notes/read.txt"


@pytest.fixture
def history(tmp_path: Path) -> TemplateHistory:
    """A repository with the regions eu and na, as their template makes them."""
    return start_history(tmp_path, "eu", "na")


def test_edits_are_kept(history: TemplateHistory) -> None:
    """A region's edit and a change of the template are both in the file; what is committed of the edit is no matter."""
    history.append(history.region_file("dbt_project.yml"), OWN)
    change_template(history)
    done = history.copy.forked_cli("template", "update", "eu")
    assert (done.returncode, done.stderr) == (0, "")
    assert "projects/eu/dbt_project.yml: updated, the region's edits kept" in done.stdout
    text = history.region_file("dbt_project.yml").read_text()
    assert OTHER in text
    assert text.endswith(OWN)
    assert history.recorded() == history.today
    assert history.recorded("na") != history.today


def test_an_untouched_region_is_as_the_template(history: TemplateHistory, tmp_path: Path) -> None:
    """A region without edits gets exactly what today's template renders, and its status is as new."""
    for name, text in history.rendered(tmp_path / "before", "na").items():
        history.region_file(name, "na").write_bytes(text)
    change_template(history)
    history.append(history.template_file("models/staging/_exposures.yml"), "# a line\n")
    history.template_file(NOTES).parent.mkdir()
    history.template_file(NOTES).write_text("of [[ cookiecutter.region ]]\n")
    said = history.copy.forked_cli("template", "status", "na")
    assert said.returncode == 1
    assert f"today's is {history.today}; dbt-regions template update na" in said.stdout
    assert history.copy.forked_cli("template", "update").returncode == 0
    assert history.files("na").items() >= history.rendered(tmp_path / "rendered", "na").items()
    said = history.copy.forked_cli("template", "status")
    assert (said.returncode, said.stdout) == (0, "eu: as the template\nna: as the template\n")


def test_a_conflict_waits_for_a_person(history: TemplateHistory) -> None:
    """What both changed stays as the region has it, the merge lies beside; till it is solved nothing starts anew."""
    file = history.region_file("dbt_project.yml")
    file.write_text(file.read_text().replace(TARGETS, "clean-targets: [logs]") + OWN)
    before = file.read_bytes()
    change_template(history)
    done = history.copy.forked_cli("template", "update")
    assert done.returncode == 1
    assert "na: from template" in done.stdout
    assert "take what is right from dbt_project.yml.conflict" in done.stdout
    assert file.read_bytes() == before
    conflict = file.with_name("dbt_project.yml.conflict")
    text = conflict.read_text()
    for line in ("clean-targets: [logs]\n", OTHER + "\n", "<<<<<<< projects/eu\n", ">>>>>>> template ", OWN):
        assert line in text
    assert history.recorded() == history.today
    assert "unsolved conflicts in dbt_project.yml.conflict" in history.copy.forked_cli("template", "status").stdout
    refused(history.copy.forked_cli("template", "update", "eu"), 1, "dbt_project.yml.conflict", "delete")
    conflict.unlink()
    files = history.files()
    assert outcomes(history) == {}
    assert history.files() == files


def test_a_second_update_changes_nothing(history: TemplateHistory) -> None:
    """Updated once more, a region is the same to the byte."""
    history.append(history.region_file("dbt_project.yml"), OWN)
    history.region_file("packages.yml").unlink()
    change_template(history)
    assert outcomes(history) == {"dbt_project.yml": "merged", "packages.yml": "stays deleted"}
    files = history.files()
    assert outcomes(history) == {"packages.yml": "stays deleted"}
    assert history.files() == files


def test_files_come_and_go(history: TemplateHistory) -> None:
    """A new file of the template comes, a deleted one goes unless it was edited; what a region deleted stays so."""
    for name in (NOTES, "plain.txt", "edited.txt"):
        history.template_file(name).parent.mkdir(exist_ok=True)
        history.template_file(name).write_text("a text\n")
    history.commit()
    assert outcomes(history) == {NOTES: "added", "plain.txt": "added", "edited.txt": "added"}
    history.append(history.region_file("edited.txt"), "and more\n")
    history.region_file("deployment.yml").unlink()
    for name in (NOTES, "plain.txt", "edited.txt"):
        history.template_file(name).unlink()
    history.append(history.template_file("deployment.yml"), "# a line\n")
    expected = {NOTES: "deleted", "plain.txt": "deleted", "edited.txt": "kept", "deployment.yml": "stays deleted"}
    assert outcomes(history) == expected
    assert history.region_file("edited.txt").read_text() == "a text\nand more\n"
    for name in ("plain.txt", NOTES, "notes", "deployment.yml"):
        assert not history.region_file(name).exists()


def test_a_file_that_both_made_is_a_conflict(history: TemplateHistory) -> None:
    """A file that the region had before the template came with one of its name is never replaced."""
    history.region_file("plain.txt").write_text("mine\n")
    history.region_file("empty.txt").write_text("")
    for name in ("plain.txt", "empty.txt"):
        history.template_file(name).write_text("theirs\n")
    assert outcomes(history) == {"plain.txt": "conflict", "empty.txt": "conflict"}
    assert history.region_file("plain.txt").read_text() == "mine\n"


def test_answers_that_are_missing_take_their_defaults(history: TemplateHistory) -> None:
    """Answers and comments are kept; a question that the old template did not ask has its default from then on."""
    file = history.region_file("template.yml", "na")
    history.forget_answers("team", "sslmode", "like", region="na")
    history.append(file, "  # a word of ours\n")
    change_template(history)
    assert outcomes(history, "na")["dbt_project.yml"] == "updated"
    text = file.read_text()
    answers = yaml.safe_load(text)["answers"]
    assert (answers["team"], answers["sslmode"], answers["like"]) == ("NA analytics", "require", "na")
    assert answers["time_zone"] == "America/New_York"
    assert "# a word of ours" in text
    assert text.startswith("# What this region was made with")


def test_texts_that_git_cannot_merge_stay(history: TemplateHistory) -> None:
    """A binary file, another encoding and other line ends come through as they were."""
    latin = "# gr\xfc\xdfe\r\n".encode("latin-1")
    history.region_file("packages.yml").write_bytes(history.region_file("packages.yml").read_bytes() + b"\0")
    history.region_file("dbt_project.yml").write_bytes(history.region_file("dbt_project.yml").read_bytes() + latin)
    history.append(history.template_file("packages.yml"), "# a line\n")
    change_template(history)
    assert outcomes(history) == {"dbt_project.yml": "merged", "packages.yml": "conflict"}
    assert history.region_file("dbt_project.yml").read_bytes().endswith(latin)
    assert history.region_file("packages.yml").read_bytes().endswith(b"\0")


class KilledError(BaseException):
    """Ends an update as a kill does, from the outside."""


def killing(at: int, act: Callable[[], None]) -> Callable[[int], None]:
    """Return a stand-in of fsync that acts when the file number `at` is about to be written."""
    left = [at]

    def fsync(_: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            act()

    return fsync


def die() -> None:
    """End this process as a kill does."""
    os.kill(os.getpid(), signal.SIGKILL)


def prepare_all_kinds(history: TemplateHistory) -> None:
    """Prepare an update that merges, updates, adds, deletes and finds a conflict."""
    history.template_file("gone.txt").write_text("a text\n")
    history.commit()
    outcomes(history)
    history.commit()
    history.append(history.region_file("dbt_project.yml"), OWN)
    history.append(history.region_file("deployment.yml"), "# mine\n")
    change_template(history)
    history.append(history.template_file("deployment.yml"), "# theirs\n")
    history.append(history.template_file("packages.yml"), "# theirs\n")
    history.template_file("gone.txt").unlink()
    history.template_file("come.txt").write_text("a text\n")


def test_killed_at_any_moment_it_is_run_again(history: TemplateHistory) -> None:
    """Killed before any of its writes, an update run again comes to what an undisturbed one comes to, no more."""
    prepare_all_kinds(history)
    before, moments = history.files(), 0
    assert set(outcomes(history).values()) == {"merged", "conflict", "updated", "deleted", "added"}
    undisturbed, remembered = history.files(), history.recorded()
    while True:
        shutil.rmtree(history.root / "projects/eu")
        for name, text in before.items():
            history.region_file(name).parent.mkdir(parents=True, exist_ok=True)
            history.region_file(name).write_bytes(text)
        child = os.fork()
        if not child:
            with mock.patch("dbt_regions.files.os.fsync", killing(moments, die)):
                update_region(history.root, "eu")
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if os.WIFEXITED(status):
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert history.recorded() != remembered
        lost = {name for name in before if name not in history.files()} - {"gone.txt"}
        assert not lost
        update_region(history.root, "eu")
        assert history.files() == undisturbed, moments
        moments += 1
    assert moments > 6
    assert history.files() == undisturbed


def test_an_unsolved_conflict_of_another_update_stops_it(history: TemplateHistory) -> None:
    """Only the conflicts that a killed update wrote may lie there when it is run again; one that was edited may not."""
    prepare_all_kinds(history)
    with mock.patch("dbt_regions.template.update._remember", side_effect=KilledError), pytest.raises(KilledError):
        update_region(history.root, "eu")
    history.append(history.region_file("deployment.yml.conflict"), "half solved\n")
    before = history.files()
    with pytest.raises(DataError, match=r"deployment\.yml\.conflict"):
        update_region(history.root, "eu")
    assert history.files() == before


def test_two_at_once_do_not_meet(history: TemplateHistory) -> None:
    """Two updates of one region at once come to what one comes to."""
    change_template(history)
    history.append(history.region_file("dbt_project.yml"), OWN)
    command = history.copy.command("template", "update", "eu")
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert "".join(out for out, _ in said).count("the region's edits kept") == 1
    assert history.region_file("dbt_project.yml").read_text().count(OWN) == 1


def test_an_unknown_region_is_refused(history: TemplateHistory) -> None:
    """A name that is no region is a wrong request."""
    refused(history.copy.forked_cli("template", "update", "nope"), 2, "unknown region 'nope'")


@pytest.mark.parametrize("region", SHIPPED)
def test_the_shipped_pages_are_as_the_template(tmp_path: Path, region: str) -> None:
    """The README of a region that comes with this repository says what the template says."""
    rendered = render_texts(ROOT, read_origin(ROOT, region).answers, tmp_path)
    assert (ROOT / "projects" / region / "README.md").read_bytes() == rendered["README.md"]
