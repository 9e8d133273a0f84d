-- Made-up data for docs/howto/new-region.md: 24 visits, over the night in which Spain's clocks go forward.
create schema shop;

create table shop.clicks as
select
    visit * 10 + step as click_no,
    'v-' || visit as visit,
    case when visit % 5 > 0 then 'u-' || visit % 7 end as visitor,
    what,
    to_char(
        (timestamptz '2024-03-30 12:00+00' + visit * interval '97 minutes' + step * interval '2 minutes')
        at time zone 'Europe/Madrid', 'YYYY-MM-DD HH24:MI:SS'
    ) as at_local,
    case when what = 'paid' then 'p-' || visit else 'sku-' || visit % 4 end as item
from generate_series(1, 24) as visit
inner join (values (1, 'landed', 1), (2, 'scroll', 4), (3, 'basket', 2), (4, 'paid', 6)) as steps (step, what, every)
    on visit % every = 0;

-- delivered twice
insert into shop.clicks select * from shop.clicks where click_no in (11, 64);

create table shop.purchases as
select distinct
    item as purchase_no,
    visitor as buyer,
    substr('RESD', cast(substr(item, 3) as integer) / 6, 1) as stage,
    at_local as bought_local,
    1990 + cast(substr(item, 3) as integer) * 100 as cents
from shop.clicks
where what = 'paid';

create table shop.policies as
select
    'k-' || n as policy_no,
    'u-' || n % 7 as holder,
    1 + n % 5 as state,
    asked_at,
    case when n % 5 > 0 then asked_at + interval '1 hour' end as sent_at,
    case when n % 5 > 1 then asked_at + interval '1 day' end as decided_at,
    case when n % 5 = 4 then asked_at + interval '2 days' end as bound_at,
    cast(90 + n as numeric(10, 3)) as premium
from generate_series(1, 8) as n
cross join lateral (select timestamptz '2024-03-28 09:30+00' + n * interval '5 hours' as asked_at) as asked;
