//! Whole-system simulation from a seed: the real engine, connectors, twins and store under one simulated clock, network
//! and disk, in one thread.
//!
//! A history is drawn from the seed: people edit both sides, runs are started, killed and started again, requests and
//! commits fail. At the end, with nothing going wrong any more, the two sides are compared by a judge that shares nothing
//! with the engine but the recipe.
//!
//! It uses no network, no time of day and no chance but the seed's.

mod clock;
mod costly;
mod counts;
mod crash;
mod death;
mod deeds;
mod desk;
mod dice;
mod disk;
mod history;
mod judge;
mod limit;
mod mischief;
mod mix;
mod network;
mod people;
mod state;
#[cfg(test)]
mod tests;
mod week;
mod world;

pub use counts::{Befell, Counts};
pub use crash::{Crashes, Rehearsal};
pub use death::Moment;
pub use desk::{Measured, Took, measure};
pub use disk::Ground;
pub use history::{Story, Told, replay};
pub use mischief::Defect;
pub use mix::Mix;
