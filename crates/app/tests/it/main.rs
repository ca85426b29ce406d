//! The built program, as a user meets it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod apart;
mod back;
mod bad;
mod certificate;
mod commands;
mod comments;
mod coverage;
mod delivered;
mod described;
mod drift;
mod events;
mod every;
mod fields;
mod files;
mod flow;
mod gone;
mod gone_right;
mod hooks;
mod hostile;
mod http;
mod inbox;
mod inlets;
mod intercom;
#[path = "../../../connectors/src/devrev/judge.rs"]
mod judge;
mod kill;
mod merged;
mod people;
mod plans;
mod program;
mod raw;
mod reading;
mod rehome;
mod rows;
mod serve;
mod uncertain;
mod undo;
mod unmake;
mod whole;
mod world;
mod wrong;
