"""Decides what becomes of each file that the template renders, when the template has changed.

Three texts of a file: `old`, what the template rendered that the region was made with; `new`, what today's renders;
`own`, the region's. None: there is no such file. Nothing here writes into a region.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dbt_regions.files import run_git, write_bytes

CONFLICT = ".conflict"
Texts = Mapping[str, bytes]
Merge = Callable[[bytes, bytes, bytes], tuple[bytes, bool]]
"""Merges old, own and new to a text, with markers where it must; says whether it came out clean."""

_MOST_CONFLICTS = 127
"""Up to here the exit code of `git merge-file` is a number of conflicts; else it could not merge: a binary file."""


@dataclass(frozen=True)
class FileUpdate:
    """What an update makes of one file; `content` is what is written (None: nothing is).

    deleted: it is gone from the template and was never edited. stays deleted: the region deleted it. kept: it is gone
    from the template but was edited. conflict: both changed the same lines, and the merge is written beside the file.
    """

    file: str
    outcome: Literal["updated", "merged", "added", "deleted", "conflict", "stays deleted", "kept"]
    content: bytes | None = None

    @property
    def target(self) -> str:
        """The file that is written or deleted."""
        return self.file + CONFLICT if self.outcome == "conflict" else self.file


def plan_update(old: Texts | None, new: Texts, own: Texts, merge: Merge) -> tuple[FileUpdate, ...]:
    """Return what is to be done, file by file; `old` None: nobody knows what the region was made with.

    Without that an edit of the region looks like a change of the template, so each difference is a conflict.
    """
    names = sorted({*(old or {}), *new})
    planned = (
        _plan_unknown(name, new[name], own.get(name), merge)
        if old is None
        else _plan_file(name, (old.get(name), new.get(name), own.get(name)), merge)
        for name in names
    )
    return tuple(update for update in planned if update)


def _plan_unknown(name: str, new: bytes, own: bytes | None, merge: Merge) -> FileUpdate | None:
    if own == new:
        return None
    return FileUpdate(name, "conflict", new if own is None else merge(b"", own, new)[0])


def _plan_file(name: str, texts: tuple[bytes | None, bytes | None, bytes | None], merge: Merge) -> FileUpdate | None:
    old, new, own = texts
    if own == new:
        return None
    if own is None:
        return FileUpdate(name, "added", new) if old is None else FileUpdate(name, "stays deleted")
    if new is None:
        return FileUpdate(name, "deleted" if own == old else "kept")
    if old == new:
        return None
    if own == old:
        return FileUpdate(name, "updated", new)
    return _plan_merge(name, old, merge(old or b"", own, new), own)


def _plan_merge(name: str, old: bytes | None, merged: tuple[bytes, bool], own: bytes) -> FileUpdate | None:
    content, clean = merged
    if not clean or old is None:
        return FileUpdate(name, "conflict", content)
    return FileUpdate(name, "merged", content) if content != own else None


def merge_texts(scratch: Path, names: tuple[str, str, str]) -> Merge:
    """Return git's own three-way merge, working in a scratch folder; `names` of old, own and new stand at its markers.

    Where git cannot merge, the merge is the new text, and not clean.
    """

    def merge(old: bytes, own: bytes, new: bytes) -> tuple[bytes, bool]:
        files = {"own": (names[1], own), "old": (names[0], old), "new": (names[2], new)}
        for file, (_, text) in files.items():
            write_bytes(scratch / file, text)
        labels = [word for label, _ in files.values() for word in ("-L", label)]
        # the user's own settings of git must not choose the form of the markers
        style = ("-c", "merge.conflictStyle=merge")
        code, merged = run_git(scratch, *style, "merge-file", "-p", *labels, *files)
        return (merged, code == 0) if 0 <= code <= _MOST_CONFLICTS else (new, False)

    return merge
