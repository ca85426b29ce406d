#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]
