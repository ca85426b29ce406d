-- What is gone, and what became of what belonged to it.

-- Whether the vendor itself said, asked for the record, that it is gone.
alter table met add column gone integer not null default 0;

create index met_gone on met (end_id, record_id) where gone = 1;

-- 0: the two belong together. One of them is gone, and the right one 1: stays, 2: was archived, 3: is gone too.
alter table pair add column gone integer not null default 0;

create index pair_gone on pair (import_id, left_object, left_id) where gone > 0;

-- Right records whose place another took, until they are gone too.
create table replaced (
    import_id integer not null,
    pairing text not null,
    left_object text not null,
    left_id text not null,
    right_object text not null,
    right_id text not null,
    adopted integer not null,
    primary key (import_id, right_object, right_id)
) strict, without rowid;
