-- Plans that a person can approve, and the key that certificates are signed with.

create table plan (
    import_id bigint not null,
    id text collate "C" not null,
    made_at bigint not null,
    document bytea not null,
    primary key (import_id, id)
);

-- One of an installation; sealed.
create table signer (
    workspace_id bigint primary key references workspace (id),
    seed bytea not null
);
