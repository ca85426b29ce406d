//! The built program, as a user meets it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod bad;
mod commands;
mod http;
mod kill;
mod program;
mod whole;
mod world;
