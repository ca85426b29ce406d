-- When imports run by themselves, and who is at work on one.

create table schedule (
    import_id integer primary key references import (id),
    every_seconds integer not null,
    direction text not null,
    automations integer not null,
    -- Where in the interval its runs begin, in millionths of it.
    jitter integer not null,
    last_tick integer not null,
    paused_at integer,
    paused_why text,
    -- The connection whose refusal paused it.
    refused text
) strict;

-- One worker at a time. The row stays when it is given back, so that a number is never given out twice.
create table lease (
    import_id integer primary key references import (id),
    token integer not null,
    -- Two holders of one place cannot live at the same time.
    place text not null,
    -- What it is at; nothing once it was given back.
    run text,
    until integer not null,
    stalled_since integer
) strict;
