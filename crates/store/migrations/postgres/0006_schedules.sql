-- When imports run by themselves, and who is at work on one.

create table schedule (
    import_id bigint primary key references import (id),
    every_seconds bigint not null,
    direction text collate "C" not null,
    automations bigint not null,
    -- Where in the interval its runs begin, in millionths of it.
    jitter bigint not null,
    last_tick bigint not null,
    paused_at bigint,
    paused_why text collate "C",
    -- The connection whose refusal paused it.
    refused text collate "C"
);

-- One worker at a time. The row stays when it is given back, so that a number is never given out twice.
create table lease (
    import_id bigint primary key references import (id),
    token bigint not null,
    -- Two holders of one place cannot live at the same time.
    place text collate "C" not null,
    -- What it is at; nothing once it was given back.
    run text collate "C",
    until bigint not null,
    stalled_since bigint
);
