"""The disk's door: atomic writes, locks, links."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dbt_regions import files
from dbt_regions.errors import RequestError, WorldError


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r")), min_size=1, max_size=4))
def test_write_replaces_as_a_whole(tmp_path: Path, texts: list[str]) -> None:
    """After any writes the file holds the last text, and no temporary file is left."""
    path = tmp_path / "folder" / "file"
    for text in texts:
        files.write_text(path, text)
    assert path.read_text(encoding="utf-8") == texts[-1]
    assert [file.name for file in path.parent.iterdir()] == ["file"]


def test_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """A write that cannot replace its target raises WorldError and leaves neither half a file nor a temporary one."""
    (tmp_path / "target").mkdir()
    with pytest.raises(WorldError, match="target"):
        files.write_text(tmp_path / "target", "text")
    assert [file.name for file in tmp_path.iterdir()] == ["target"]


def test_private_file(tmp_path: Path) -> None:
    """A private file is readable by its owner only."""
    files.write_text(tmp_path / "secret", "x", private=True)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_json(tmp_path: Path) -> None:
    """What was written is read again; a missing file is None; half a file is named."""
    assert files.read_json(tmp_path / "none.json") is None
    files.write_json(tmp_path / "a.json", {"a": 1})
    assert files.read_json(tmp_path / "a.json") == {"a": 1}
    (tmp_path / "a.json").write_text('{"a":')
    with pytest.raises(RequestError, match=r"a\.json"):
        files.read_json(tmp_path / "a.json")


def test_link_replaces_a_link(tmp_path: Path) -> None:
    """A link is moved to its new place."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files.link(tmp_path / "latest", Path(name))
        assert (tmp_path / "latest").resolve() == (tmp_path / name).resolve()


def test_lock_names_its_holder(tmp_path: Path) -> None:
    """A second taker waits no longer than its limit and is told who holds the lock; afterwards it is free."""
    path = tmp_path / "lock"
    told: list[object] = []
    with (
        files.exclusive_lock(path, {"run": "r1"}, timeout=0),
        pytest.raises(WorldError, match="held by run r1"),
        files.exclusive_lock(path, {"run": "r2"}, timeout=0, on_wait=told.append),
    ):
        pytest.fail("two holders")
    assert told == [{"run": "r1"}]
    with files.exclusive_lock(path, {"run": "r3"}, timeout=0):
        pass


def _hold_and_die(path: Path) -> None:
    context = files.exclusive_lock(path, {"pid": os.getpid()}, timeout=0)
    context.__enter__()
    os._exit(9)


def test_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    """The kernel frees the lock of a process that died in its middle."""
    process = multiprocessing.get_context("fork").Process(target=_hold_and_die, args=(tmp_path / "lock",))
    process.start()
    process.join()
    assert process.exitcode == 9
    with files.exclusive_lock(tmp_path / "lock", {}, timeout=0):
        pass


def test_git_revision_outside_git(tmp_path: Path) -> None:
    """Outside a checkout there is no revision."""
    assert files.read_git_revision(tmp_path) is None
