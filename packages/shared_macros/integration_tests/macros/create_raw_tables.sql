{#- The raw tables are filled anew at every start, so that each test begins with the same rows; a test fills the tables of
    the streams itself. -#}
{%- macro create_raw_tables() -%}
    create schema if not exists raw;
    create table if not exists raw.visits (
        event_id varchar(64), session_id varchar(64), event_type varchar(32), happened_at timestamp
    );
    delete from raw.visits;
    insert into raw.visits values
    ('e1', 's1', 'page_view', '2024-05-01 10:00:00'),
    ('e2', 's1', 'checkout', '2024-05-01 10:05:00'),
    ('e3', 's2', 'page_view', '2024-05-03 11:00:00');
    create table if not exists raw.purchases (order_id varchar(64), ordered_at timestamp, collected_at timestamp);
    delete from raw.purchases;
    insert into raw.purchases values ('o1', '2024-05-01 10:05:00', '2024-05-01 12:00:00');
    create table if not exists raw.policies (application_id varchar(64), quoted_at timestamp);
    {% for table in ['stream_changes', 'stream_states'] -%}
    create table if not exists raw.{{ table }} (
        tenant_id varchar(64), item_id bigint, name varchar(64), note varchar(64), amount numeric(12, 2), seen_at timestamp,
        is_flagged boolean, changed_at timestamp, change_sequence bigint, is_deleted boolean
    );
    {% endfor -%}
    create table if not exists raw.stream_questions (
        question_id bigint, tenant_id varchar(64), item_id bigint, valid_at timestamp, known_at timestamp
    )
{%- endmacro -%}
