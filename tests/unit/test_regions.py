"""Discovery of regions and validation of deployment.yml."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dbt_regions.errors import RequestError
from dbt_regions.regions import find_root, read_region, read_regions, region_names, region_of_project

GOOD = {
    "region": "na-2",
    "owner": {"team": "t", "email": "t@example.com"},
    "jobs": {
        "hourly": {"trigger": "load", "description": "d"},
        "daily": {"trigger": "cron", "cron": "30 4 * * *", "time_zone": "Europe/Berlin", "description": "d"},
    },
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A monorepo of one region with a good deployment.yml."""
    (tmp_path / "packages/shared_macros").mkdir(parents=True)
    (tmp_path / "projects/na-2").mkdir(parents=True)
    (tmp_path / "projects/na-2/dbt_project.yml").write_text("name: na_2\n")
    (tmp_path / "projects/na-2/deployment.yml").write_text(yaml.safe_dump(GOOD))
    (tmp_path / "projects/not-a-region").mkdir()
    return tmp_path


def test_regions_are_folders_with_a_dbt_project(root: Path) -> None:
    """A folder under projects/ is a region exactly when it has a dbt_project.yml; the root is found from below."""
    assert region_names(root) == ("na-2",)
    assert find_root(root / "projects" / "na-2") == root
    (region,) = read_regions(root)
    assert sorted((job.name, job.trigger, job.cron) for job in region.jobs) == [
        ("daily", "cron", "30 4 * * *"),
        ("hourly", "load", None),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("region: na-2\nregion: na-2\n", "'region' stands twice"),
        ("jobs: {a: {}, a: {}}\n", "'a' stands twice"),
        ("", "holds no fields"),
        ("- a\n", "holds no fields"),
        ("[" * 3000, "is not YAML"),
    ],
)
def test_what_is_no_mapping_of_fields_is_refused(root: Path, text: str, words: str) -> None:
    """A key that stands twice, nothing, a list, and what is nested without end: each one line that names the file."""
    (root / "projects/na-2/deployment.yml").write_text(text)
    with pytest.raises(RequestError, match=words):
        read_region(root, "na-2")


def test_a_region_is_known_by_its_dbt_project(root: Path) -> None:
    """What dbt prints names the project; it leads to the region, and what names none stays as it is."""
    assert [region_of_project(root, name) for name in ("na-2", "na_2", "eu")] == ["na-2", "na-2", "eu"]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("jobs", "daily", "cron"), "30 4 * *", "bad cron"),
        (("jobs", "daily", "cron"), "60 4 * * *", "bad cron"),
        (("jobs", "daily", "cron"), None, "needs cron and time_zone"),
        (("jobs", "daily", "time_zone"), "Berlin", "unknown time zone"),
        (("jobs", "daily", "time_zone"), "../etc/passwd", "unknown time zone"),
        (("jobs", "daily", "trigger"), "manual", "jobs.daily.trigger"),
        (("jobs", "hourly", "cron"), "0 * * * *", "neither cron nor time_zone"),
        (("jobs", "hourly", "retries"), 9, "jobs.hourly.retries"),
        (("jobs",), {}, "jobs"),
        (("owner", "email"), "nobody", "owner.email"),
        (("owner",), None, "owner"),
        (("region",), 7, "region"),
    ],
)
def test_every_fault_is_named(root: Path, path: tuple[str, ...], value: object, words: str) -> None:
    """A fault is a RequestError that names the file and the field."""
    text = yaml.safe_dump(GOOD)
    document = yaml.safe_load(text)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (root / "projects/na-2/deployment.yml").write_text(yaml.safe_dump(document))
    with pytest.raises(RequestError) as caught:
        read_region(root, "na-2")
    assert words in str(caught.value)
    assert "deployment.yml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_or_unreadable_file_is_named(root: Path) -> None:
    """A deployment.yml that is missing, binary or a list is a RequestError too."""
    file = root / "projects/na-2/deployment.yml"
    for content in (b"\xff\xfe\x00", b"- a\n- b\n", b"a: [", b""):
        file.write_bytes(content)
        with pytest.raises(RequestError):
            read_region(root, "na-2")
    file.unlink()
    with pytest.raises(RequestError, match="is missing"):
        read_region(root, "na-2")
