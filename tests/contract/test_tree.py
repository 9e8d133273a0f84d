"""Rules of the tree: every file has a room that is named for its subject, and nothing of one machine is in it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from support.lint_exceptions import Refuse
from support.repo import ROOT, repository_files

NO_SUBJECT = re.compile(r"^_?(utils?|helpers?|commons?|misc|shared|lib)$")
MACHINE = re.compile(
    r"py[p]i\.org|python[h]osted|registry\.np[m]js|deb\.deb[i]an"
    r"|/wo[r]k/(ma[i]n|sha[r]ed|\.lib)|/ro[o]t/|/op[t]/pyp|/t[m]p/bash_jobs|/ho[m]e/\w+/"
)
GENERATED = {".git", ".hypothesis", ".venv", ".nox", ".warehouse", "build", "dbt_packages", "target", "logs"}


def test_no_folder_without_a_subject(refuse: Refuse) -> None:
    """No folder or module is called utils, helpers, common or misc: a helper belongs to its subject."""
    wrong = {
        str(Path(*file.parts[: depth + 1]))
        for file in repository_files()
        for depth, part in enumerate(file.parts)
        if NO_SUBJECT.match(part if depth + 1 < len(file.parts) else Path(part).stem)
    }
    refuse("Move the content to the subject that it serves:", sorted(wrong))


def test_no_empty_folder(refuse: Refuse) -> None:
    """A folder comes with its content."""
    wrong = []
    for place, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in GENERATED and not name.endswith("cache")]
        cached = place.endswith("__pycache__")
        wrong += [str(Path(place).relative_to(ROOT))] if not folders and not files and not cached else []
    refuse("Delete the folder, or add what it is for:", wrong)


def test_nothing_of_one_machine_is_tracked(refuse: Refuse) -> None:
    """No tracked file names a path of this machine or a host of a package registry."""
    wrong = []
    for file in repository_files():
        text = (ROOT / file).read_text(encoding="utf-8", errors="ignore")
        wrong += [f"{file}: {match.group()}" for match in MACHINE.finditer(text)]
    refuse("Take it out, or derive it where it is needed:", wrong)


def test_no_large_or_binary_file_is_tracked(refuse: Refuse) -> None:
    """What is tracked is text of at most 400 kB: data is generated, artifacts are built."""
    wrong = []
    for file in repository_files():
        content = (ROOT / file).read_bytes()
        wrong += [f"{file}: {len(content)} bytes"] if len(content) > 400_000 or b"\0" in content else []
    refuse("Generate it, or leave it out of git:", wrong)


def test_generated_folders_are_ignored(refuse: Refuse) -> None:
    """What builds and dbt leave behind never shows as a change."""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    wanted = ("/build/", "/.warehouse/", ".venv/", ".nox/", "dbt_packages/", "target/", "logs/")
    wrong = [name for name in wanted if name not in ignored]
    refuse("Add to .gitignore:", wrong)


def test_no_conflict_is_left(refuse: Refuse) -> None:
    """What an update of a region to the template could not decide is decided by a person before it is committed."""
    wrong = [str(file) for file in repository_files("*.conflict")]
    refuse("Put what is right into the file beside it, and delete it:", wrong)
