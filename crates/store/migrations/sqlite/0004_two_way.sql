-- Problems of either side, and what people decided.

-- The side that was to be written.
alter table problem add column side text not null default 'right';

create table decision (
    import_id integer not null,
    object text not null,
    record_id text not null,
    -- Empty: about the record.
    field text not null,
    choice text not null,
    left_mark integer not null,
    right_mark integer not null,
    decided_at integer not null,
    primary key (import_id, object, record_id, field)
) strict, without rowid;

-- Whether some right value is still to be written to the left.
alter table pair add column returning_back integer not null default 0;

create index pair_returning on pair (import_id, right_object, right_id) where returning_back = 1;
