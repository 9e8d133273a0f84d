"""The comparison as data: each funnel with its regions' figures, their total, or why there is none. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dbt_regions.compare.additions import (
    Refusal,
    add_amounts,
    add_counts,
    day_words,
    has_one_day,
    refuse_amounts,
    refuse_total,
)
from dbt_regions.compare.figures import (
    NOT_PROVIDED,
    Amount,
    Count,
    DropOff,
    FunnelCounts,
    Period,
    StepFigures,
    largest_drop_offs,
    step_figures,
)
from dbt_regions.errors import RequestError


@dataclass(frozen=True)
class RegionState:
    """What a region's newest build left for a comparison: its funnels, or in `absent` why there are none.

    `warnings` say what a reader of its figures must know, `generated` that they are of this project's sample data.
    """

    region: str
    funnels: tuple[FunnelCounts, ...] = ()
    absent: str | None = None
    warnings: tuple[str, ...] = ()
    generated: bool = False


@dataclass(frozen=True)
class RegionFigures:
    """One region's row of a funnel: its counts, the figures that follow, and its largest drop-offs, by definition."""

    counts: FunnelCounts
    steps: tuple[StepFigures, ...]
    largest_drop_offs: tuple[DropOff, ...]

    @property
    def entered(self) -> Count:
        """The units that entered; not provided where they are told by a first step that is not."""
        steps = self.counts.steps
        return NOT_PROVIDED if steps[0].step in self.counts.missing else steps[0].entered


@dataclass(frozen=True)
class Total:
    """The sum over all regions of a funnel, with rates and drop-offs of the sums."""

    entered: int
    steps: tuple[StepFigures, ...]


@dataclass(frozen=True)
class FunnelComparison:
    """One funnel side by side: a row a region, the total or every reason against it, and the same for amounts."""

    funnel: str
    unit: str
    regions: tuple[RegionFigures, ...]
    total: Total | None
    refusals: tuple[Refusal, ...]
    amount_totals: tuple[Amount, ...]
    amount_refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """All funnels of all regions that were asked for, over one period."""

    target: str
    period: Period
    states: tuple[RegionState, ...]
    funnels: tuple[FunnelComparison, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready data."""
        return {
            "target": self.target,
            "period": {"from": _text(self.period.start), "through": _text(self.period.end)},
            "regions": [
                {"region": state.region, "built": state.absent is None, "absent": state.absent,
                 "warnings": list(state.warnings), "generated_data": state.generated}
                for state in self.states
            ],
            "funnels": [_funnel_json(funnel) for funnel in self.funnels],
        }  # fmt: skip


def compare(states: Sequence[RegionState], target: str, period: Period, only: str | None = None) -> Comparison:
    """Put the regions' funnels side by side, in the order in which the regions have them; `only` names one funnel.

    Raises RequestError where no region is there, or none has the funnel `only`.
    """
    if all(state.absent for state in states):
        message = "; ".join(f"{state.region} {state.absent}" for state in states)
        raise RequestError(message)
    names = tuple(dict.fromkeys(funnel.funnel for state in states for funnel in state.funnels))
    if only is not None and only not in names:
        message = f"unknown funnel {only!r}; the funnels in the regions' newest builds are {', '.join(names) or 'none'}"
        raise RequestError(message)
    return Comparison(
        target,
        period,
        tuple(states),
        tuple(_compare_funnel(name, states, period) for name in names if only in {None, name}),
    )


def _compare_funnel(name: str, states: Sequence[RegionState], period: Period) -> FunnelComparison:
    funnels = [funnel for state in states for funnel in state.funnels if funnel.funnel == name]
    refusals = refuse_total(funnels, period)
    added = add_counts(funnels) if len(funnels) > 1 and not refusals else ()
    return FunnelComparison(
        funnel=name,
        unit=funnels[0].unit,
        regions=tuple(_region_figures(funnel) for funnel in funnels),
        total=Total(added[0].entered, step_figures(added, {})) if added else None,
        refusals=refusals,
        amount_totals=add_amounts(funnels),
        amount_refusals=refuse_amounts(funnels),
        notes=tuple(_notes(funnels, states, period, has_total=bool(added))),
    )


def _region_figures(counts: FunnelCounts) -> RegionFigures:
    figures = step_figures(counts.steps, counts.missing)
    return RegionFigures(counts, figures, largest_drop_offs(figures))


def _notes(
    funnels: Sequence[FunnelCounts], states: Sequence[RegionState], period: Period, *, has_total: bool
) -> list[str]:
    notes = []
    if period.is_cut and funnels[0].unit == "application":
        notes.append("amounts are known to date only: they show without --from and --through.")
    left_out = [state.region for state in states if state.region not in {funnel.region for funnel in funnels}]
    if has_total and left_out:
        notes.append(f"the total is without {', '.join(left_out)}.")
    if has_total and len({funnel.last_day for funnel in funnels}) > 1:
        said = ", ".join(f"{funnel.region} {_text(funnel.last_day) or 'no day yet'}" for funnel in funnels)
        notes.append(f"the total takes each region through its own last day ({said}).")
    if has_total and not has_one_day(funnels):
        notes.append(
            "the total is to date only, where each unit counts once; figures of single days would not be added, since "
            f"a day does not begin at the same moment everywhere ({day_words(funnels)})."
        )
    notes += [
        f"{funnel.region} declares that {step.step} is {NOT_PROVIDED}, yet {step.reached:,} reached it: correct "
        "not_provided_event_types in its staging YAML."
        for funnel in funnels
        for step in funnel.steps
        if step.step in funnel.missing and step.reached
    ]
    return notes


def _funnel_json(funnel: FunnelComparison) -> dict[str, Any]:
    return {
        "funnel": funnel.funnel,
        "regions": [_region_json(region) for region in funnel.regions],
        "total": funnel.total and asdict(funnel.total),
        "no_total_because": [asdict(refusal) for refusal in funnel.refusals],
        "amount_totals": [_amount_json(amount) for amount in funnel.amount_totals],
        "amounts_not_added_because": [asdict(refusal) for refusal in funnel.amount_refusals],
        "notes": list(funnel.notes),
    }


def _region_json(region: RegionFigures) -> dict[str, Any]:
    counts = region.counts
    return {
        "region": counts.region,
        "unit": counts.unit,
        "business_day": counts.day,
        "revision": counts.revision,
        "from": _text(counts.first_day),
        "through": _text(counts.last_day),
        "days": counts.days,
        "provisional_days": counts.provisional_days,
        "not_provided": dict(counts.missing),
        "entered": region.entered,
        "steps": [asdict(step) for step in region.steps],
        "largest_drop_offs": [asdict(drop_off) for drop_off in region.largest_drop_offs],
        "amounts": [_amount_json(amount) for amount in counts.amounts],
    }


def _amount_json(amount: Amount) -> Mapping[str, Any]:
    return {**asdict(amount), "amount": None if amount.amount is None else str(amount.amount)}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
