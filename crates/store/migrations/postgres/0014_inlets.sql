-- Where a vendor tells us which records changed.

create table inlet (
    workspace_id bigint not null references workspace (id),
    connection text collate "C" not null,
    -- The address of this program, as the vendor reaches it.
    url text collate "C" not null,
    -- The word of the address that nobody guesses, and what deliveries are signed with.
    word bytea not null,
    secret bytea not null,
    created_at bigint not null,
    primary key (workspace_id, connection)
);
