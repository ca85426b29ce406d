-- Plans that a person can approve, and the key that certificates are signed with.

create table plan (
    import_id integer not null,
    id text not null,
    made_at integer not null,
    document blob not null,
    primary key (import_id, id)
) strict, without rowid;

-- One of an installation; sealed.
create table signer (
    workspace_id integer primary key references workspace (id),
    seed blob not null
) strict;
