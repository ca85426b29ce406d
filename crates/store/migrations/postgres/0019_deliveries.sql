-- How far events were brought to their destinations, and what waits.

create table lane (
    workspace_id bigint not null references workspace (id),
    destination text collate "C" not null,
    -- Empty, or the name of a replay.
    name text collate "C" not null,
    position bigint not null,
    -- So far what has no key at the destination may have arrived or not.
    sending bigint,
    -- Of a replay: whose events, and where it ends.
    source text collate "C",
    until bigint,
    failing_since bigint,
    tries bigint not null default 0,
    next_at bigint,
    complaint text collate "C",
    stopped bigint not null default 0,
    primary key (workspace_id, destination, name)
);

-- People (by their ids, or `email:` and an address) and companies (`company:` and an id) at a destination.
create table acquaintance (
    workspace_id bigint not null references workspace (id),
    destination text collate "C" not null,
    name text collate "C" not null,
    company text collate "C",
    -- Whether the destination has it: 0 or 1; nothing, if that was never tried.
    there bigint,
    primary key (workspace_id, destination, name)
);

-- Events that wait, by where they lie in the journal.
create table held (
    workspace_id bigint not null references workspace (id),
    destination text collate "C" not null,
    position bigint not null,
    source text collate "C" not null,
    message_id text collate "C" not null,
    reason text collate "C" not null,
    words text collate "C" not null,
    -- The acquaintance that must be there first; empty, if a person decides; `*`, if a person let it go.
    waits_for text collate "C" not null,
    sending bigint not null default 0,
    held_at bigint not null,
    primary key (workspace_id, destination, position)
);

create index held_waits on held (workspace_id, destination, waits_for);

-- How many events of a source became what at a destination within a minute.
create table delivery_count (
    workspace_id bigint not null references workspace (id),
    destination text collate "C" not null,
    source text collate "C" not null,
    minute bigint not null,
    what text collate "C" not null,
    events bigint not null,
    primary key (workspace_id, destination, source, minute, what)
);
