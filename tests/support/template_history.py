"""A scratch copy of the monorepo that is a git repository of its own, whose template of a region has a history."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from dbt_regions.template import update_region
from dbt_regions.template.answers import ANSWERS_FILE
from dbt_regions.template.origin import read_origin
from dbt_regions.template.rendering import render_texts, template_version
from support.monorepo import Monorepo, copy_monorepo

RENDERED = "templates/region/[[cookiecutter.region]]"
TARGETS = "clean-targets: [target, dbt_packages]"
OTHER = "clean-targets: [target]"
"""A line of the template's dbt_project.yml, and what a changed template has in its place."""

OWN = "vars: {gate_limits: {}}\n"
"""A line that a region adds to its dbt_project.yml."""

_WHO = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false")


@dataclass
class TemplateHistory:
    """The copy; its template's files are named by their path in a region."""

    copy: Monorepo

    @property
    def root(self) -> Path:
        """The copy's root."""
        return self.copy.root

    def template_file(self, name: str) -> Path:
        """Return where the template keeps a file of a region."""
        return self.root / RENDERED / name

    def region_file(self, name: str, region: str = "eu") -> Path:
        """Return where a region keeps a file."""
        return self.root / "projects" / region / name

    def append(self, file: Path, text: str) -> None:
        """Add text to the end of a file."""
        file.write_text(file.read_text() + text)

    def commit(self) -> None:
        """Commit all that lies in the copy."""
        git(self.root, "add", "--all")
        git(self.root, *_WHO, "commit", "--quiet", "--allow-empty", "--message", "a state")

    def files(self, region: str = "eu") -> dict[str, bytes]:
        """Return a region's files by name."""
        folder = self.root / "projects" / region
        return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    def rendered(self, scratch: Path, region: str = "eu") -> dict[str, bytes]:
        """Return what today's template makes of a region."""
        return render_texts(self.root, read_origin(self.root, region).answers, scratch)

    def recorded(self, region: str = "eu") -> str:
        """Return the version of the template that a region remembers."""
        return read_origin(self.root, region).version

    @property
    def today(self) -> str:
        """The version of today's template."""
        return template_version(self.root)

    def forget_answers(self, *names: str, region: str = "eu") -> None:
        """Take answers out of what a region remembers, as if its template had never asked."""
        file = self.region_file(ANSWERS_FILE, region)
        kept = [line for line in file.read_text().splitlines() if line.strip().partition(":")[0] not in names]
        file.write_text("\n".join(kept) + "\n")


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder; it must succeed."""
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)  # noqa: S607  as everywhere


def start_history(folder: Path, *regions: str) -> TemplateHistory:
    """Make the copy with these regions and commit it."""
    history = TemplateHistory(copy_monorepo(folder, regions))
    git(history.root, "init", "--quiet")
    history.commit()
    return history


def change_template(history: TemplateHistory, old: str = TARGETS, new: str = OTHER) -> None:
    """Replace a text in the template's dbt_project.yml."""
    file = history.template_file("dbt_project.yml")
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def outcomes(history: TemplateHistory, region: str = "eu") -> dict[str, str]:
    """Update a region and return what became of each file."""
    return {file.file: file.outcome for file in update_region(history.root, region).files}
