"""Makes a region: the template's files, and the mapping and the sample of the region that it is like.

It comes about in a scratch folder below build/ and appears under projects/ by one rename: whole, or not at all.
"""

from __future__ import annotations

import os
import re
import zlib
from pathlib import Path

import yaml

from dbt_regions.errors import RequestError
from dbt_regions.files import exclusive_lock, make_folder, named_world_errors, scratch_folder, write_text
from dbt_regions.regions import project_name, region_names
from dbt_regions.template.answers import ANSWERS_FILE, Answers
from dbt_regions.template.origin import Origin, render_origin
from dbt_regions.template.rendering import render_region, template_version


def make_region(root: Path, answers: Answers) -> Path:
    """Make `projects/<region>` and return it; RequestError where a region of that name, or of its dbt name, is there.

    Two at once wait for one another. What a killed one left is below build/ and cleared by the next.
    """
    build = make_folder(root / "build")
    with exclusive_lock(build / "new-region.lock", {"region": answers.region, "pid": os.getpid()}, timeout=60):
        refuse_taken(root, answers.region)
        with scratch_folder(build / "new-region") as scratch:
            folder = render_region(root, answers, scratch)
            _copy_mapping(root, answers, folder)
            write_text(folder / ANSWERS_FILE, render_origin(Origin(template_version(root), answers)))
            target = root / "projects" / answers.region
            with named_world_errors("make", target):
                folder.rename(target)
    return target


def refuse_taken(root: Path, region: str) -> None:
    """Raise RequestError where a region of that name, or of its dbt name, is there."""
    same = [name for name in region_names(root) if project_name(name) == project_name(region)]
    if same or (root / "projects" / region).exists():
        taken = same[0] if same else region
        message = f"projects/{taken} is there already; take another name than {region!r}, or delete that folder first"
        raise RequestError(message)


def _copy_mapping(root: Path, answers: Answers, folder: Path) -> None:
    """Copy what only the region can say from the one that it is like, under the new name, where nothing is rendered."""
    like = root / "projects" / answers.like
    for part in ("models",) if answers.brings_its_own_tables else ("models", "sample"):
        for file in sorted(file for file in (like / part).rglob("*") if file.is_file()):
            copy = folder / file.relative_to(like)
            if not copy.exists():
                text = file.read_text(encoding="utf-8").replace(f"//{answers.like}.", f"//{answers.region}.")
                text = own_sources(text, answers) if file.name.endswith("__sources.yml") else text
                write_text(copy, own_sample(text, answers.region) if file.name == "sample.yml" else text)


def own_sources(text: str, answers: Answers) -> str:
    """Point declared sources at the schema of the answers, and each load's tables at the column of when it came."""
    schema = answers.source_schema
    quoted = schema if yaml.safe_load(schema) == schema else f'"{schema}"'
    text = re.sub(r"^    schema: \S+$", f"    schema: {quoted}", text, flags=re.MULTILINE)
    if answers.loaded_at:
        field = f"loaded_at_field: {answers.loaded_at}"
        text = re.sub(r"^( +)meta:\n", rf"\g<0>\1  {field}\n", text, flags=re.MULTILINE)
    return text


def own_sample(text: str, region: str) -> str:
    """Give generated data a seed of its own, and take out the orders that are fixed in the data of another region."""
    text = re.sub(r"^seed: \d+$", f"seed: {zlib.crc32(region.encode()) % 1_000_000}", text, flags=re.MULTILINE)
    return re.sub(r"^fixed_orders:\n(?:  .*\n)+", "", text, flags=re.MULTILINE)
