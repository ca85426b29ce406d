-- A right record may be written by several left records: one whose counterpart it is, and others that share it.

create table pair_of_two (
    import_id integer not null,
    pairing text not null,
    left_object text not null,
    left_id text not null,
    right_object text not null,
    right_id text not null,
    adopted integer not null,
    waiting integer not null,
    -- Empty, or the left record, if the right record is first of all the counterpart of another.
    sharer text not null,
    right_hash blob,
    base blob not null,
    unique (import_id, left_object, left_id),
    unique (import_id, right_object, right_id, sharer)
) strict;

insert into pair_of_two
    (import_id, pairing, left_object, left_id, right_object, right_id, adopted, waiting, sharer, right_hash, base)
select import_id, pairing, left_object, left_id, right_object, right_id, adopted, waiting, '', right_hash, base
from pair;

drop table pair;
alter table pair_of_two rename to pair;

create index pair_pairing on pair (import_id, pairing);
create index pair_waiting on pair (import_id, left_object, left_id) where waiting = 1;

-- What the left side was like when the last run ended, as JSON.

alter table import add column memory text;
