"""Brings the files of a region that the template renders to the template of today, and loses nothing of the region.

What both changed is not decided here: the region's file stays, the merge with its markers lies beside it. Files come
first, `template.yml` last, so one that was killed is simply run again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dbt_regions.errors import DataError, RequestError
from dbt_regions.files import (
    exclusive_lock,
    make_folder,
    named_world_errors,
    read_bytes,
    read_json,
    remove_files,
    scratch_folder,
    write_bytes,
    write_json,
)
from dbt_regions.regions import region_folder
from dbt_regions.template.answers import ANSWERS_FILE
from dbt_regions.template.history import restore_template
from dbt_regions.template.merging import CONFLICT, FileUpdate, Texts, merge_texts, plan_update
from dbt_regions.template.origin import Origin, read_origin, renew_origin
from dbt_regions.template.rendering import render_texts, template_version

_NOT_THE_REGIONS = {"dbt_packages", "target", "logs"}
_JOURNAL = "template-update.json"


@dataclass(frozen=True)
class Update:
    """What an update did to a region: from which version to which, and what to each file.

    Not `known`: the template that the region was made with is nowhere, so that every difference is a conflict.
    """

    region: str
    before: str
    after: str
    known: bool
    files: tuple[FileUpdate, ...]


def list_unsolved(folder: Path) -> tuple[str, ...]:
    """Return the conflicts that an earlier update left in a region's folder, sorted."""
    found = (file.relative_to(folder) for file in folder.rglob(f"*{CONFLICT}"))
    return tuple(sorted(str(file) for file in found if not _NOT_THE_REGIONS.intersection(file.parts)))


def update_region(root: Path, region: str) -> Update:
    """Update a region and return what was done; DataError where conflicts of an earlier update are not solved.

    Two at once wait for one another. An update that changes nothing leaves the region's files alone.
    """
    folder = region_folder(root, region)
    build = make_folder(root / "build" / region)
    with exclusive_lock(build / "template-update.lock", {"region": region, "pid": os.getpid()}, timeout=60):
        origin = read_origin(root, region)
        today = Origin(template_version(root), origin.answers)
        begun = _read_journal(build / _JOURNAL, origin, today)
        _refuse_unsolved(region, folder, begun)
        with scratch_folder(build / "template-update") as scratch:
            update = _plan(root, folder, origin, scratch, begun)
            _apply(folder, update, scratch, build / _JOURNAL)
            _remember(folder / ANSWERS_FILE, today, scratch)
        remove_files((_JOURNAL,), build)
    return update


def _read_journal(file: Path, origin: Origin, today: Origin) -> Mapping[str, str]:
    """Return the digest of each file that an update between the same two versions wrote before it was killed."""
    journal = read_json(file) if file.exists() else None
    if not isinstance(journal, dict) or (journal.get("from"), journal.get("to")) != (origin.version, today.version):
        return {}
    return dict(journal["results"])


def _refuse_unsolved(region: str, folder: Path, begun: Mapping[str, str]) -> None:
    unsolved = [file for file in list_unsolved(folder) if _digest(read_bytes(folder / file)) != begun.get(file)]
    if unsolved:
        message = (
            f"projects/{region} has unsolved conflicts: {', '.join(unsolved)}; put what is right into the file "
            f"beside each, delete the {CONFLICT} file, then update again"
        )
        raise DataError(message)


def _plan(root: Path, folder: Path, origin: Origin, scratch: Path, begun: Mapping[str, str]) -> Update:
    version = template_version(root)
    new = render_texts(root, origin.answers, scratch / "new")
    old = new if version == origin.version else _render_old(root, origin, scratch)
    names = {*(old or {}), *new}
    own = {name: text for name in names if (text := read_bytes(folder / name)) is not None}
    if old is not None:
        # merging once more what a killed update has merged could repeat lines: that file has nothing to come any more
        old = {**old, **{name: new[name] for name in new if name in own and begun.get(name) == _digest(own[name])}}
    labels = (f"template {origin.version}", f"projects/{origin.answers.region}", f"template {version}")
    files = plan_update(old, new, own, merge_texts(make_folder(scratch / "merge"), labels))
    return Update(origin.answers.region, origin.version, version, old is not None, files)


def _render_old(root: Path, origin: Origin, scratch: Path) -> Texts | None:
    template = restore_template(root, origin.version, scratch / "history")
    try:
        return render_texts(template, origin.answers, scratch / "old") if template else None
    except RequestError:  # an old template may ask what nobody answers any more: as good as none
        return None


def _apply(folder: Path, update: Update, scratch: Path, journal: Path) -> None:
    written = [file for file in update.files if file.content is not None]
    if written:
        results = {file.target: _digest(file.content) for file in written}
        write_json(journal, {"from": update.before, "to": update.after, "results": results})
    for file in written:
        _put(folder / file.target, file.content or b"", scratch)
    for file in update.files:
        if file.outcome == "deleted":
            _delete(folder, file.file)


def _put(file: Path, content: bytes, scratch: Path) -> None:
    """Write a file by a rename from the scratch folder: who is killed leaves no half-written file in the region."""
    write_bytes(scratch / "ready", content)
    make_folder(file.parent)
    with named_world_errors("write", file):
        (scratch / "ready").replace(file)


def _delete(folder: Path, name: str) -> None:
    remove_files((name,), folder)
    for parent in (folder / name).parents:
        with named_world_errors("delete", parent):
            if parent == folder or any(parent.iterdir()):
                return
            parent.rmdir()


def _remember(file: Path, today: Origin, scratch: Path) -> None:
    text = (read_bytes(file) or b"").decode("utf-8")
    renewed = renew_origin(text, today)
    if renewed != text:
        _put(file, renewed.encode("utf-8"), scratch)


def _digest(content: bytes | None) -> str:
    return hashlib.sha256(content or b"").hexdigest()
