-- What sends events with a write key of its own, and how many came and became what.

create table source (
    workspace_id bigint not null references workspace (id),
    name text collate "C" not null,
    -- A browser shows it to everybody, so it is not sealed.
    write_key text collate "C" not null unique,
    -- The connection that its events are brought to; none, if they are only kept.
    destination text collate "C",
    -- How they are brought there, as the destination understands it: JSON.
    settings text collate "C" not null,
    enabled bigint not null,
    created_at bigint not null,
    primary key (workspace_id, name)
);

-- How many events of a source came within a minute, and what became of them: `accepted`, `repeated`, or why they were
-- discarded.
create table event_count (
    workspace_id bigint not null references workspace (id),
    source text collate "C" not null,
    -- Minutes since 1970.
    minute bigint not null,
    what text collate "C" not null,
    events bigint not null,
    primary key (workspace_id, source, minute, what)
);

-- Write keys that no source has: their ends, and how many events came with each.
create table unknown_key (
    workspace_id bigint not null references workspace (id),
    hint text collate "C" not null,
    events bigint not null,
    last_at bigint not null,
    primary key (workspace_id, hint)
);
