"""May the figures of regions be added? One plain sentence for each reason why not, and the sum where they may. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from dbt_regions.compare.figures import NOT_PROVIDED, Amount, FunnelCounts, Period, StepCounts

VISITOR = "visitor"
_SHOWN = 3
_NO_MEANING = frozenset({"funnel", "unit", "steps", "breakdown", "columns", "time_zone"})
"""Fields of a definition that change no count, or that have a reason of their own."""

Kind = Literal["unit", "definition", "step", "day", "currency"]


@dataclass(frozen=True)
class Refusal:
    """Why figures are not added: the kind of reason, and a sentence for a reader."""

    kind: Kind
    sentence: str


def refuse_total(funnels: Sequence[FunnelCounts], period: Period) -> tuple[Refusal, ...]:
    """Return every reason against adding one funnel's figures of these regions over a period; none means: add.

    To date each unit counts once, on whatever day; a period that names a day cuts each region at its own midnight.
    """
    if len(funnels) < 2:  # noqa: PLR2004  one region is nobody's sum
        return ()
    return (
        *_other_units(funnels),
        *(_other_steps(funnels) or _other_definitions(funnels) or _other_code(funnels)),
        *_missing_steps(funnels),
        *(_other_days(funnels) if period.is_cut else ()),
    )


def add_counts(funnels: Sequence[FunnelCounts]) -> tuple[StepCounts, ...]:
    """Return the sums of the regions' counts, step by step; only where `refuse_total` has no reason."""
    return tuple(
        StepCounts(
            step=steps[0].step,
            entered=sum(step.entered for step in steps),
            reached=sum(step.reached for step in steps),
            pending=sum(step.pending for step in steps),
            waiting=sum(step.waiting for step in steps),
        )
        for steps in zip(*(funnel.steps for funnel in funnels), strict=True)
    )


def refuse_amounts(funnels: Sequence[FunnelCounts]) -> tuple[Refusal, ...]:
    """Return every reason against one amount of all regions: what is in the way of a total, and the currencies."""
    found = {funnel.region: sorted({amount.currency for amount in funnel.amounts}) for funnel in funnels}
    currencies = {region: names for region, names in found.items() if names}
    if not currencies or len(funnels) < 2:  # noqa: PLR2004  one region is nobody's sum
        return ()
    refusals = list(refuse_total(funnels, Period()))
    unknown = [region for region, names in currencies.items() if NOT_PROVIDED in names]
    if unknown:
        refusals.append(Refusal("currency", f"the currency of some amounts is {NOT_PROVIDED} by {_list(unknown)}."))
    known = {region: [name for name in names if name != NOT_PROVIDED] for region, names in currencies.items()}
    if len({name for names in known.values() for name in names}) > 1:
        said = "; ".join(f"{region} {', '.join(names)}" for region, names in known.items() if names)
        refusals.append(Refusal("currency", f"amounts of different currencies are not added ({said})."))
    return tuple(refusals)


def add_amounts(funnels: Sequence[FunnelCounts]) -> tuple[Amount, ...]:
    """Return one sum for each currency that several regions have; none where the funnel itself may not be added."""
    if refuse_total(funnels, Period()):
        return ()
    by_currency: dict[tuple[str, str], list[Amount]] = {}
    for funnel in funnels:
        for amount in funnel.amounts:
            if amount.currency != NOT_PROVIDED:
                by_currency.setdefault((amount.step, amount.currency), []).append(amount)
    return tuple(_sum(amounts) for _, amounts in sorted(by_currency.items()) if len(amounts) > 1)


def _sum(amounts: Sequence[Amount]) -> Amount:
    said = [amount.amount for amount in amounts if amount.amount is not None]
    return Amount(
        amounts[0].step,
        amounts[0].currency,
        sum(amount.units for amount in amounts),
        sum(amount.units_without_amount for amount in amounts),
        sum(said, Decimal(0)) if said else None,
    )


def day_words(funnels: Sequence[FunnelCounts]) -> str:
    """Return whose day each region counts by, such as `eu Europe/Berlin, na UTC`."""
    words = {VISITOR: "each visitor's own time zone", None: "not declared"}
    return ", ".join(f"{funnel.region} {words.get(funnel.day, funnel.day)}" for funnel in funnels)


def has_one_day(funnels: Sequence[FunnelCounts]) -> bool:
    """Return whether a day begins alike in all of these regions; one that does not declare it is like no other."""
    days = {funnel.day for funnel in funnels}
    return len(days) == 1 and None not in days


def _other_units(funnels: Sequence[FunnelCounts]) -> Iterator[Refusal]:
    groups = _groups(funnels, lambda funnel: funnel.unit)
    if len(groups) > 1:
        said = ", ".join(f"{unit}s in {_list(regions)}" for unit, regions in groups.items())
        yield Refusal("unit", f"{funnels[0].funnel} counts different things: {said}.")


def _other_steps(funnels: Sequence[FunnelCounts]) -> tuple[Refusal, ...]:
    groups = _groups(funnels, lambda funnel: ", ".join(funnel.defined_steps))
    if len(groups) == 1:
        return ()
    said = "; ".join(f"{_list(regions)}: {steps}" for steps, regions in groups.items())
    return (Refusal("definition", f"{funnels[0].funnel} has different steps ({said}); {_one_revision(funnels)}"),)


def _other_definitions(funnels: Sequence[FunnelCounts]) -> tuple[Refusal, ...]:
    fields = sorted({field for funnel in funnels for field in funnel.definition} - _NO_MEANING)
    values = {**_step_values(funnels), **{field: _groups(funnels, _field(field)) for field in fields}}
    differing = {field: groups for field, groups in values.items() if len(groups) > 1}
    if not differing:
        return ()
    said = "; ".join(f"{field}: {_values(groups)}" for field, groups in differing.items())
    return (Refusal("definition", f"{funnels[0].funnel} is defined differently ({said}); {_one_revision(funnels)}"),)


def _step_values(funnels: Sequence[FunnelCounts]) -> Mapping[str, Mapping[str, list[str]]]:
    """Return what each region says of each field of each step; the regions have the same steps."""
    return {
        f"{step}, {field}": _groups(funnels, _step_field(place, field))
        for place, step in enumerate(funnels[0].defined_steps)
        for field in sorted({field for funnel in funnels for field in funnel.definition["steps"][place]})
    }


def _values(groups: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{value} in {_list(regions)}" for value, regions in groups.items())


def _field(name: str) -> Callable[[FunnelCounts], str]:
    return lambda funnel: str(funnel.definition.get(name, "nothing said"))


def _step_field(place: int, name: str) -> Callable[[FunnelCounts], str]:
    return lambda funnel: str(funnel.definition["steps"][place].get(name, "nothing said"))


def _other_code(funnels: Sequence[FunnelCounts]) -> tuple[Refusal, ...]:
    macros = sorted({macro for funnel in funnels for macro in funnel.code})
    differing = [name for name in macros if len({funnel.code.get(name) for funnel in funnels}) > 1]
    if not differing:
        return ()
    more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
    said = f"{', '.join(differing[:_SHOWN])}{more}"
    sentence = f"{funnels[0].funnel} is counted by different code ({said}); {_one_revision(funnels)}"
    return (Refusal("definition", sentence),)


def _one_revision(funnels: Sequence[FunnelCounts]) -> str:
    groups = _groups(funnels, _revision)
    built = ", ".join(f"{_list(regions)} at {revision}" for revision, regions in groups.items())
    return f"build the regions from one revision (built: {built})."


def _revision(funnel: FunnelCounts) -> str:
    if funnel.revision is None:
        return "an unknown revision"
    commit, _, is_dirty = funnel.revision.partition("-")
    return commit[:12] + (" with changes that are not committed" if is_dirty else "")


def _missing_steps(funnels: Sequence[FunnelCounts]) -> Iterator[Refusal]:
    for funnel in funnels:
        if funnel.missing:
            said = "; ".join(f"{step}: {why}" for step, why in funnel.missing.items())
            yield Refusal("step", f"{funnel.region} does not provide every step of {funnel.funnel} ({said}).")


def _other_days(funnels: Sequence[FunnelCounts]) -> Iterator[Refusal]:
    if not has_one_day(funnels):
        yield Refusal("day", f"a day does not begin at the same moment everywhere ({day_words(funnels)}).")


def _groups(funnels: Sequence[FunnelCounts], key: Callable[[FunnelCounts], str]) -> Mapping[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for funnel in funnels:
        groups.setdefault(key(funnel), []).append(funnel.region)
    return groups


def _list(regions: Sequence[str]) -> str:
    return " and ".join([", ".join(regions[:-1]), regions[-1]]) if len(regions) > 1 else regions[0]
