//! The twin's tests.
