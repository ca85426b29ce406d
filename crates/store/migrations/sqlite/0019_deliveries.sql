-- How far events were brought to their destinations, and what waits.

create table lane (
    workspace_id integer not null references workspace (id),
    destination text not null,
    -- Empty, or the name of a replay.
    name text not null,
    position integer not null,
    -- So far what has no key at the destination may have arrived or not.
    sending integer,
    -- Of a replay: whose events, and where it ends.
    source text,
    until integer,
    failing_since integer,
    tries integer not null default 0,
    next_at integer,
    complaint text,
    stopped integer not null default 0,
    primary key (workspace_id, destination, name)
) strict, without rowid;

-- People (by their ids, or `email:` and an address) and companies (`company:` and an id) at a destination.
create table acquaintance (
    workspace_id integer not null references workspace (id),
    destination text not null,
    name text not null,
    company text,
    -- Whether the destination has it: 0 or 1; nothing, if that was never tried.
    there integer,
    primary key (workspace_id, destination, name)
) strict, without rowid;

-- Events that wait, by where they lie in the journal.
create table held (
    workspace_id integer not null references workspace (id),
    destination text not null,
    position integer not null,
    source text not null,
    message_id text not null,
    reason text not null,
    words text not null,
    -- The acquaintance that must be there first; empty, if a person decides; `*`, if a person let it go.
    waits_for text not null,
    sending integer not null default 0,
    held_at integer not null,
    primary key (workspace_id, destination, position)
) strict, without rowid;

create index held_waits on held (workspace_id, destination, waits_for);

-- How many events of a source became what at a destination within a minute.
create table delivery_count (
    workspace_id integer not null references workspace (id),
    destination text not null,
    source text not null,
    minute integer not null,
    what text not null,
    events integer not null,
    primary key (workspace_id, destination, source, minute, what)
) strict, without rowid;
