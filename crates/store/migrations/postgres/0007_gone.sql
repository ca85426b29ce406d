-- What is gone, and what became of what belonged to it.

-- Whether the vendor itself said, asked for the record, that it is gone.
alter table met add column gone smallint not null default 0;

create index met_gone on met (end_id, record_id) where gone = 1;

-- 0: the two belong together. One of them is gone, and the right one 1: stays, 2: was archived, 3: is gone too.
alter table pair add column gone smallint not null default 0;

create index pair_gone on pair (import_id, left_object, left_id) where gone > 0;

-- Right records whose place another took, until they are gone too.
create table replaced (
    import_id bigint not null,
    pairing text collate "C" not null,
    left_object text collate "C" not null,
    left_id text collate "C" not null,
    right_object text collate "C" not null,
    right_id text collate "C" not null,
    adopted smallint not null,
    primary key (import_id, right_object, right_id)
);
