-- Where a vendor tells us which records changed.

create table inlet (
    workspace_id integer not null references workspace (id),
    connection text not null,
    -- The address of this program, as the vendor reaches it.
    url text not null,
    -- The word of the address that nobody guesses, and what deliveries are signed with.
    word blob not null,
    secret blob not null,
    created_at integer not null,
    primary key (workspace_id, connection)
) strict, without rowid;
