-- The id that a person has instead of this one, if an alias gave another.
alter table acquaintance add column became text;
