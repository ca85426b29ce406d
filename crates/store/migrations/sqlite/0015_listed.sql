-- Which right records the reading of everything that is under way has listed: of what it does not list, it is asked whether
-- it is gone.

create table listed (
    end_id integer not null,
    record_id text not null,
    primary key (end_id, record_id)
) strict, without rowid;
