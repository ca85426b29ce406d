//! Events on their way to a destination: what each becomes, in which order it is brought, and what waits.
//!
//! A lane reads the journal from where it was, a piece at a time. Of a piece, companies are brought first, then people, then what
//! they did; then all that came of it is kept at once. What cannot be placed waits with its reason, and never another's events
//! with it. What has no key at the destination is noted before it is sent, so that after a crash one knows what is uncertain.

mod aim;
mod fold;
mod lane;
mod patience;
mod piece;
mod recipe;
#[cfg(test)]
mod tests;

pub use lane::{Step, Stream, first_lane};
pub use patience::PATIENCE;
pub use recipe::{StreamRecipe, Uncertain};
