"""An update whose old template is hard to find: on another branch, or nowhere, where each difference is a conflict."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.template_history import OTHER, OWN, TemplateHistory, change_template, git, outcomes, start_history


@pytest.fixture
def history(tmp_path: Path) -> TemplateHistory:
    """A repository with the regions eu and na, as their template makes them."""
    return start_history(tmp_path, "eu", "na")


def no_git(history: TemplateHistory) -> None:
    """Take git's folder away."""
    shutil.rmtree(history.root / ".git")


def shallow(history: TemplateHistory) -> None:
    """Cut the history to its last commit."""
    history.commit()
    clone = history.root.with_name("shallow")
    git(history.root.parent, "clone", "--quiet", "--depth", "1", history.root.as_uri(), str(clone))
    shutil.rmtree(history.root)
    clone.rename(history.root)


def never_committed(history: TemplateHistory) -> None:
    """Let a region remember a version that no commit has."""
    for region in ("eu", "na"):
        file = history.region_file("template.yml", region)
        file.write_text(file.read_text().replace(history.recorded(region), "0123456789ab"))


@pytest.mark.parametrize("lose", [no_git, shallow, never_committed])
def test_without_a_base_each_difference_is_a_conflict(
    history: TemplateHistory, lose: Callable[[TemplateHistory], None]
) -> None:
    """Where nobody knows the old template, equal files are fine, any other is left alone with a merge beside it."""
    change_template(history)
    history.region_file("packages.yml").unlink()
    lose(history)
    before = history.files()
    done = history.copy.forked_cli("template", "update", "eu")
    assert done.returncode == 1
    assert "is not in this clone's history" in done.stdout
    after = history.files()
    new = {name for name in after if name not in before}
    assert {"dbt_project.yml.conflict", "packages.yml.conflict"} <= new
    assert all(name.endswith(".conflict") for name in new)
    assert "profiles.yml.conflict" not in new
    assert {name: after[name] for name in before if name != "template.yml"} == {
        name: text for name, text in before.items() if name != "template.yml"
    }
    assert OTHER.encode() in after["dbt_project.yml.conflict"]


def test_without_the_program_git(history: TemplateHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git there is no merge either: the template's text lies beside the region's file, which stays."""
    change_template(history)
    monkeypatch.setenv("PATH", "")
    before = history.files()["dbt_project.yml"]
    assert outcomes(history)["dbt_project.yml"] == "conflict"
    files = history.files()
    assert files["dbt_project.yml"] == before
    assert OTHER.encode() in files["dbt_project.yml.conflict"]
    assert b"<<<<" not in files["dbt_project.yml.conflict"]


def test_the_old_template_may_be_on_another_branch(history: TemplateHistory) -> None:
    """The template that a region was made with counts wherever a commit has it, also below another repository."""
    shutil.rmtree(history.root / ".git")
    git(history.root.parent, "init", "--quiet")
    history.commit()
    git(history.root, "branch", "side")
    change_template(history, "version: 1.0.0", "version: 1.0.1")
    git(history.root, "checkout", "--quiet", "--orphan", "other")
    history.commit()
    history.append(history.region_file("dbt_project.yml"), OWN)
    assert outcomes(history) == {"dbt_project.yml": "merged"}
