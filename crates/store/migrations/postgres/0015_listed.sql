-- Which right records the reading of everything that is under way has listed: of what it does not list, it is asked whether
-- it is gone.

create table listed (
    end_id bigint not null,
    record_id text collate "C" not null,
    primary key (end_id, record_id)
);
