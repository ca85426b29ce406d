-- Texts are compared byte by byte, as SQLite does, so that both databases agree on every order.

-- What the catalog knows. Small tables, so they refer to each other.

create table workspace (
    id bigint generated always as identity primary key,
    name text collate "C" not null unique
);

create table connection (
    workspace_id bigint not null references workspace (id),
    name text collate "C" not null,
    connector text collate "C" not null,
    settings text collate "C" not null,
    secret bytea,
    created_at bigint not null,
    primary key (workspace_id, name)
);

create table import (
    id bigint generated always as identity primary key,
    workspace_id bigint not null references workspace (id),
    name text collate "C" not null,
    left_connection text collate "C" not null,
    right_connection text collate "C" not null,
    recipe text collate "C" not null,
    version bigint not null,
    options text collate "C" not null,
    created_at bigint not null,
    unique (workspace_id, name),
    foreign key (workspace_id, left_connection) references connection (workspace_id, name),
    foreign key (workspace_id, right_connection) references connection (workspace_id, name)
);

create table run (
    import_id bigint not null references import (id),
    id text collate "C" not null,
    set_off_by text collate "C" not null,
    started_at bigint not null,
    state text collate "C" not null,
    report text collate "C",
    primary key (import_id, id)
);

create index run_started on run (import_id, started_at);

-- The mirror. `met` is narrow and looked up by id; `raw` is wide and only appended to, so a big import never moves
-- bodies about. Big tables belong to a workspace through `end_id` or `import_id`, and carry no foreign keys: a check
-- per row would cost more than the row.

create table endpoint (
    id bigint generated always as identity primary key,
    workspace_id bigint not null references workspace (id),
    connection text collate "C" not null,
    object text collate "C" not null,
    seq bigint not null default 0,
    progress text collate "C",
    unique (workspace_id, connection, object)
);

create table met (
    end_id bigint not null,
    record_id text collate "C" not null,
    seq bigint not null,
    pass bigint not null,
    hash bytea not null,
    primary key (end_id, record_id)
);

create table raw (
    end_id bigint not null,
    seq bigint not null,
    record_id text collate "C" not null,
    hash bytea not null,
    body bytea not null,
    unique (end_id, seq)
);

create table handle (
    end_id bigint not null,
    record_id text collate "C" not null,
    field text collate "C" not null,
    value text collate "C" not null,
    primary key (end_id, record_id, field, value)
);

create index handle_value on handle (end_id, field, value);

-- Plans, outcomes, bases and problems.

create table pair (
    import_id bigint not null,
    pairing text collate "C" not null,
    left_object text collate "C" not null,
    left_id text collate "C" not null,
    right_object text collate "C" not null,
    right_id text collate "C" not null,
    adopted smallint not null,
    waiting smallint not null,
    right_hash bytea,
    base bytea not null,
    unique (import_id, left_object, left_id),
    unique (import_id, right_object, right_id)
);

create index pair_pairing on pair (import_id, pairing);
create index pair_waiting on pair (import_id, left_object, left_id) where waiting = 1;

create table change (
    import_id bigint not null,
    id text collate "C" not null,
    run text collate "C" not null,
    pairing text collate "C" not null,
    left_object text collate "C" not null,
    left_id text collate "C" not null,
    intended_at bigint not null,
    settled_at bigint,
    state text collate "C" not null,
    outcome text collate "C",
    body bytea not null,
    unique (import_id, id)
);

create index change_left on change (import_id, left_object, left_id);
create index change_intended on change (import_id) where state = 'intended';

create table planned (
    import_id bigint not null references import (id),
    end_id bigint not null,
    side text collate "C" not null,
    seq bigint not null,
    primary key (import_id, end_id, side)
);

create table problem (
    import_id bigint not null,
    id bytea not null,
    kind text collate "C" not null,
    pairing text collate "C",
    object text collate "C" not null,
    record_id text collate "C" not null,
    field text collate "C",
    title text collate "C" not null,
    text text collate "C" not null,
    hint text collate "C",
    blocks smallint not null,
    opened_at bigint not null,
    closed_at bigint,
    primary key (import_id, id)
);

create index problem_open on problem (import_id, object, record_id) where closed_at is null;

-- Bodies arrive compressed.
alter table raw alter column body set storage external;
alter table pair alter column base set storage external;
alter table change alter column body set storage external;
