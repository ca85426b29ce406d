-- What sends events with a write key of its own, and how many came and became what.

create table source (
    workspace_id integer not null references workspace (id),
    name text not null,
    -- A browser shows it to everybody, so it is not sealed.
    write_key text not null unique,
    -- The connection that its events are brought to; none, if they are only kept.
    destination text,
    -- How they are brought there, as the destination understands it: JSON.
    settings text not null,
    enabled integer not null,
    created_at integer not null,
    primary key (workspace_id, name)
) strict, without rowid;

-- How many events of a source came within a minute, and what became of them: `accepted`, `repeated`, or why they were
-- discarded.
create table event_count (
    workspace_id integer not null references workspace (id),
    source text not null,
    -- Minutes since 1970.
    minute integer not null,
    what text not null,
    events integer not null,
    primary key (workspace_id, source, minute, what)
) strict, without rowid;

-- Write keys that no source has: their ends, and how many events came with each.
create table unknown_key (
    workspace_id integer not null references workspace (id),
    hint text not null,
    events integer not null,
    last_at integer not null,
    primary key (workspace_id, hint)
) strict, without rowid;
