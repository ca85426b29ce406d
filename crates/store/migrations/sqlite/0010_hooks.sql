-- Whom an import tells what its runs by schedule created and updated.

create table hook (
    import_id integer not null references import (id),
    name text not null,
    url text not null,
    -- Whether its host may be one that is not public.
    private integer not null,
    secret blob not null,
    created_at integer not null,
    primary key (import_id, name)
) strict, without rowid;

-- What there is to tell: written with what it tells of, in one transaction.
create table outbox (
    import_id integer not null,
    hook text not null,
    -- The change: a receiver knows by it what it has heard already.
    id text not null,
    -- `record.created` or `record.updated`.
    kind text not null,
    side text not null,
    left_object text not null,
    left_id text not null,
    right_object text not null,
    right_id text not null,
    -- The names of the fields, as JSON.
    fields text not null,
    made_at integer not null,
    tries integer not null,
    -- When it is sent next; nothing once it was delivered or given up.
    next_try integer,
    delivered integer not null,
    -- What the receiver last said.
    answer text,
    primary key (import_id, hook, id)
) strict, without rowid;

create index outbox_next on outbox (next_try) where next_try is not null;
create index outbox_record on outbox (import_id, left_object, left_id);

-- Whether what a run creates and updates is told.
alter table run add column announces integer not null default 0;
