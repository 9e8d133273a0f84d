"""Rules of the pages: short, of one form, and every link leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from support.lint_exceptions import Refuse
from support.repo import ROOT, repository_files

LONGEST_DECISION = 40
DECISION = ("Question.", "Options.", "Choice.", "Revisit")
RULE = ("## What it says", "## Example", "## Why", "## How to repair")


def _pages(pattern: str) -> Iterator[tuple[Path, str]]:
    yield from ((file, (ROOT / file).read_text(encoding="utf-8")) for file in repository_files(pattern))


def _headings(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.startswith("## "))


def test_decisions_have_one_form(refuse: Refuse) -> None:
    """A decision is a page NNNN-title.md of at most 40 lines: question, options, choice, what would make us revisit."""
    wrong = []
    for file, text in _pages("docs/decisions/*"):
        wrong += [] if re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", file.name) else [f"{file}: name"]
        wrong += [] if text.count("\n") <= LONGEST_DECISION else [f"{file}: {text.count(chr(10))} lines"]
        parts = tuple(re.findall(r"^\*\*(.+?)\*\*", text, re.MULTILINE))
        wrong += [] if parts == DECISION else [f"{file}: parts {parts}"]
    numbers = [file.name[:4] for file, _ in _pages("docs/decisions/*")]
    wrong += [f"number {number} twice" for number in sorted(set(numbers)) if numbers.count(number) > 1]
    refuse(f"Begin its paragraphs with the bold words {', '.join(DECISION)}:", wrong)


def test_rules_have_one_form(refuse: Refuse) -> None:
    """A page on a rule, a gate or a funnel has the same headings in the same order."""
    wrong = [f"{file}: {_headings(text)}" for file, text in _pages("docs/rules/*.md") if _headings(text) != RULE]
    refuse(f"Write it with the headings {', '.join(RULE)}:", wrong)


def test_links_lead_somewhere(refuse: Refuse) -> None:
    """Each relative link in a page points at a file or folder of this repository, one to a model's page at a model."""
    wrong = []
    models = {file.stem for file in repository_files("packages/shared_macros/*.sql")}
    for file, text in _pages("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            leads = re.match(r"[a-z]+:", target) or (ROOT / file.parent / target).exists()
            wrong += [] if leads else [f"{file}: {target}"]
        for model in re.findall(r"\]\(#!/model/model\.shared_macros\.([^)]*)\)", text):
            wrong += [] if model in models else [f"{file}: model {model}"]
    refuse("Repair the link:", wrong)


def test_the_changelog_has_a_place_for_the_next_change(refuse: Refuse) -> None:
    """CHANGELOG.md begins with what is unreleased, sorted into Added, Changed, Fixed and Removed."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## (.*)$", text, re.MULTILINE)
    assert first, "give CHANGELOG.md its section `## [Unreleased]`"
    assert first.group(1) == "[Unreleased]", "the first section of CHANGELOG.md is `## [Unreleased]`"
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE)) - {"Added", "Changed", "Fixed", "Removed", "Upgrading"}
    refuse("Sort the change under Added, Changed, Fixed, Removed or Upgrading:", sorted(kinds))
