-- Whether a record that is there is in no list of the vendor's: some hide what was archived.
alter table met add column hidden smallint not null default 0;
