-- A right record may be written by several left records: one whose counterpart it is, and others that share it.

-- Empty, or the left record, if the right record is first of all the counterpart of another.
alter table pair add column sharer text collate "C" not null default '';
alter table pair alter column sharer drop default;
alter table pair drop constraint pair_import_id_right_object_right_id_key;
alter table pair add constraint pair_right unique (import_id, right_object, right_id, sharer);

-- What the left side was like when the last run ended, as JSON.

alter table import add column memory text;
