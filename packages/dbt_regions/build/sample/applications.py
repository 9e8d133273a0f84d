"""What becomes of a quote: underwriting applications, of which some are abandoned, declined or never bound."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dbt_regions.build.sample.people import Calendar, Crowd, Person
from dbt_regions.build.sample.rows import HOUR, SECOND, ApplicationStateFact, LoadClock, between, cents, new_id, seeded
from dbt_regions.build.sample.spec import SampleSpec

_SUBMITTED, _APPROVED, _BOUND = 0.74, 0.71, 0.68  # share of the state before
_QUICK = 0.35  # share of the applicants who go through several states within the hour
_QUICK_STEP = (60 * SECOND, 14 * 60 * SECOND)
_SLOW_STEP = (HOUR, 72 * HOUR)


@dataclass(frozen=True)
class Application:
    """One application with its whole life: a step that it never takes is None."""

    application_id: str
    person: Person
    product: str
    annual_premium: int  # cents
    quoted_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    bound_at: datetime | None
    is_approved: bool

    def states(self, clock: LoadClock) -> Iterator[ApplicationStateFact]:
        """Yield every state of the application, the coming ones too; the premium is known from the submission on."""
        state = ApplicationStateFact(
            application_id=self.application_id,
            user_id=self.person.user.user_id,
            changed_at=self.quoted_at,
            product=self.product,
            status="quote_started",
            quoted_at=self.quoted_at,
            submitted_at=None,
            decided_at=None,
            bound_at=None,
            annual_premium=None,
            country=self.person.home.country,
            load_number=clock.load_of(self.quoted_at),
        )
        yield state
        if self.submitted_at is not None:
            at, premium = self.submitted_at, cents(self.annual_premium)
            state = state._replace(status="submitted", submitted_at=at, annual_premium=premium)
            yield _at(state, at, clock)
        if self.decided_at is not None:
            status = "approved" if self.is_approved else "declined"
            state = state._replace(status=status, decided_at=self.decided_at)
            yield _at(state, self.decided_at, clock)
        if self.bound_at is not None:
            yield _at(state._replace(status="bound", bound_at=self.bound_at), self.bound_at, clock)


def _at(state: ApplicationStateFact, moment: datetime, clock: LoadClock) -> ApplicationStateFact:
    return state._replace(changed_at=moment, load_number=clock.load_of(moment))


def plan_history_applications(spec: SampleSpec, crowd: Crowd) -> list[Application]:
    """Return the applications that are quoted within the history."""
    rng = seeded(spec.seed, "applications", 0)
    calendar = Calendar(spec)
    applications = []
    for _ in range(spec.applications):
        person = crowd.visitor(rng)
        quoted_at = calendar.moment(rng, person.home)
        applications.append(_application(rng, spec, person, quoted_at, is_quick=rng.random() < _QUICK))
    return applications


def plan_load_applications(spec: SampleSpec, crowd: Crowd, load_number: int) -> list[Application]:
    """Return the applications quoted in the hour of a later load; the first goes through several states within it."""
    if not spec.applications:
        return []
    rng = seeded(spec.seed, "applications", load_number)
    clock = LoadClock(spec.end)
    applications = []
    for number in range(max(1, round(spec.applications / spec.days / 24)) + rng.randrange(2)):
        person = crowd.visitor(rng)
        quoted_at = clock.starts_at(load_number) + between(rng, SECOND, timedelta(minutes=15))
        is_quick = number == 0 or rng.random() < _QUICK
        applications.append(_application(rng, spec, person, quoted_at, is_quick=is_quick, is_sure=number == 0))
    return applications


def _application(
    rng: random.Random,
    spec: SampleSpec,
    person: Person,
    quoted_at: datetime,
    *,
    is_quick: bool,
    is_sure: bool = False,
) -> Application:
    """Return an application with its coming life; one that `is_sure` is submitted."""
    low, high = _QUICK_STEP if is_quick else _SLOW_STEP
    quoted_at = quoted_at.replace(microsecond=0)
    steps = [between(rng, low, high) // SECOND * SECOND for _ in range(3)]
    is_submitted = rng.random() < _SUBMITTED or is_sure
    is_approved = rng.random() < _APPROVED
    is_bound = is_submitted and is_approved and rng.random() < _BOUND
    return Application(
        application_id=new_id(rng),
        person=person,
        product=rng.choice(spec.insurance_products),
        annual_premium=rng.randrange(2_500, 42_000),
        quoted_at=quoted_at,
        submitted_at=quoted_at + steps[0] if is_submitted else None,
        decided_at=quoted_at + steps[0] + steps[1] if is_submitted else None,
        bound_at=quoted_at + sum(steps, timedelta(0)) if is_bound else None,
        is_approved=is_approved,
    )
