-- What of a counterpart is still to be known once another took its place.

-- What the pair agreed on. The table was empty before.
alter table replaced add column base bytea;
-- Whether it was decided that it stays.
alter table replaced add column stays smallint not null default 0;

create index replaced_left on replaced (import_id, left_object, left_id);
