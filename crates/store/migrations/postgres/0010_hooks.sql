-- Whom an import tells what its runs by schedule created and updated.

create table hook (
    import_id bigint not null references import (id),
    name text collate "C" not null,
    url text collate "C" not null,
    -- Whether its host may be one that is not public.
    private bigint not null,
    secret bytea not null,
    created_at bigint not null,
    primary key (import_id, name)
);

-- What there is to tell: written with what it tells of, in one transaction.
create table outbox (
    import_id bigint not null,
    hook text collate "C" not null,
    -- The change: a receiver knows by it what it has heard already.
    id text collate "C" not null,
    -- `record.created` or `record.updated`.
    kind text collate "C" not null,
    side text collate "C" not null,
    left_object text collate "C" not null,
    left_id text collate "C" not null,
    right_object text collate "C" not null,
    right_id text collate "C" not null,
    -- The names of the fields, as JSON.
    fields text collate "C" not null,
    made_at bigint not null,
    tries bigint not null,
    -- When it is sent next; nothing once it was delivered or given up.
    next_try bigint,
    delivered bigint not null,
    -- What the receiver last said.
    answer text collate "C",
    primary key (import_id, hook, id)
);

create index outbox_next on outbox (next_try) where next_try is not null;
create index outbox_record on outbox (import_id, left_object, left_id);

-- Whether what a run creates and updates is told.
alter table run add column announces bigint not null default 0;
