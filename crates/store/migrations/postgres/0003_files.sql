-- Files that an import brought from the left side to the right.

-- By the mark of its left address: where it is on the right, or why it could not be had.
create table file (
    import_id bigint not null,
    address text collate "C" not null,
    name text collate "C" not null,
    url text collate "C",
    media_type text collate "C",
    sha256 text collate "C",
    size bigint,
    why text collate "C",
    primary key (import_id, address)
);

create index file_sha256 on file (import_id, sha256);

-- The one record that a file of the right side belongs to, for ever.
create table attachment (
    import_id bigint not null,
    url text collate "C" not null,
    name text collate "C" not null,
    media_type text collate "C",
    object text collate "C" not null,
    record_id text collate "C" not null,
    primary key (import_id, url)
);

create index attachment_record on attachment (import_id, object, record_id);
