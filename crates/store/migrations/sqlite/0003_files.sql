-- Files that an import brought from the left side to the right.

-- By the mark of its left address: where it is on the right, or why it could not be had.
create table file (
    import_id integer not null,
    address text not null,
    name text not null,
    url text,
    media_type text,
    sha256 text,
    size integer,
    why text,
    primary key (import_id, address)
) strict, without rowid;

create index file_sha256 on file (import_id, sha256);

-- The one record that a file of the right side belongs to, for ever.
create table attachment (
    import_id integer not null,
    url text not null,
    name text not null,
    media_type text,
    object text not null,
    record_id text not null,
    primary key (import_id, url)
) strict, without rowid;

create index attachment_record on attachment (import_id, object, record_id);
