-- What the catalog knows. Small tables, so they refer to each other.

create table workspace (
    id integer primary key,
    name text not null unique
) strict;

create table connection (
    workspace_id integer not null references workspace (id),
    name text not null,
    connector text not null,
    settings text not null,
    secret blob,
    created_at integer not null,
    primary key (workspace_id, name)
) strict, without rowid;

create table import (
    id integer primary key autoincrement,
    workspace_id integer not null references workspace (id),
    name text not null,
    left_connection text not null,
    right_connection text not null,
    recipe text not null,
    version integer not null,
    options text not null,
    created_at integer not null,
    unique (workspace_id, name),
    foreign key (workspace_id, left_connection) references connection (workspace_id, name),
    foreign key (workspace_id, right_connection) references connection (workspace_id, name)
) strict;

create table run (
    import_id integer not null references import (id),
    id text not null,
    set_off_by text not null,
    started_at integer not null,
    state text not null,
    report text,
    primary key (import_id, id)
) strict, without rowid;

create index run_started on run (import_id, started_at);

-- The mirror. `met` is narrow and looked up by id; `raw` is wide and only appended to, so a big import never moves
-- bodies about. Big tables belong to a workspace through `end_id` or `import_id`, and carry no foreign keys: a check
-- per row would cost more than the row.

create table endpoint (
    id integer primary key autoincrement,
    workspace_id integer not null references workspace (id),
    connection text not null,
    object text not null,
    seq integer not null default 0,
    progress text,
    unique (workspace_id, connection, object)
) strict;

create table met (
    end_id integer not null,
    record_id text not null,
    seq integer not null,
    pass integer not null,
    hash blob not null,
    primary key (end_id, record_id)
) strict, without rowid;

create table raw (
    end_id integer not null,
    seq integer not null,
    record_id text not null,
    hash blob not null,
    body blob not null,
    unique (end_id, seq)
) strict;

create table handle (
    end_id integer not null,
    record_id text not null,
    field text not null,
    value text not null,
    primary key (end_id, record_id, field, value)
) strict, without rowid;

create index handle_value on handle (end_id, field, value);

-- Plans, outcomes, bases and problems.

create table pair (
    import_id integer not null,
    pairing text not null,
    left_object text not null,
    left_id text not null,
    right_object text not null,
    right_id text not null,
    adopted integer not null,
    waiting integer not null,
    right_hash blob,
    base blob not null,
    unique (import_id, left_object, left_id),
    unique (import_id, right_object, right_id)
) strict;

create index pair_pairing on pair (import_id, pairing);
create index pair_waiting on pair (import_id, left_object, left_id) where waiting = 1;

create table change (
    import_id integer not null,
    id text not null,
    run text not null,
    pairing text not null,
    left_object text not null,
    left_id text not null,
    intended_at integer not null,
    settled_at integer,
    state text not null,
    outcome text,
    body blob not null,
    unique (import_id, id)
) strict;

create index change_left on change (import_id, left_object, left_id);
create index change_intended on change (import_id) where state = 'intended';

create table planned (
    import_id integer not null references import (id),
    end_id integer not null,
    side text not null,
    seq integer not null,
    primary key (import_id, end_id, side)
) strict, without rowid;

create table problem (
    import_id integer not null,
    id blob not null,
    kind text not null,
    pairing text,
    object text not null,
    record_id text not null,
    field text,
    title text not null,
    text text not null,
    hint text,
    blocks integer not null,
    opened_at integer not null,
    closed_at integer,
    primary key (import_id, id)
) strict, without rowid;

create index problem_open on problem (import_id, object, record_id) where closed_at is null;
