-- Problems of either side, and what people decided.

-- The side that was to be written.
alter table problem add column side text collate "C" not null default 'right';

create table decision (
    import_id bigint not null,
    object text collate "C" not null,
    record_id text collate "C" not null,
    -- Empty: about the record.
    field text collate "C" not null,
    choice text collate "C" not null,
    left_mark bigint not null,
    right_mark bigint not null,
    decided_at bigint not null,
    primary key (import_id, object, record_id, field)
);

-- Whether some right value is still to be written to the left.
alter table pair add column returning_back smallint not null default 0;

create index pair_returning on pair (import_id, right_object, right_id) where returning_back = 1;
