//! The verbs: who belongs together, what changed, what will be written, and the writing of it.
//!
//! Everything that decides is pure; `pull`, `below`, `bring`, `apply`, `gone`, `lost`, `rehome`, `retire`, `recover`, `stage` and `run` are dull
//! and reach the world through `model`'s ports alone. This room knows no vendor, no HTTP and no SQL.

mod again;
mod along;
mod apply;
pub mod approve;
mod ask;
mod back;
mod below;
pub mod bind;
mod bring;
pub mod budget;
mod carry;
pub mod certify;
mod count;
pub mod deliver;
pub mod drift;
pub mod files;
mod gone;
mod heal;
mod history;
pub mod identify;
mod inspect;
mod join;
mod kin;
mod landing;
mod lost;
mod meet;
pub mod merge;
mod name;
pub mod plan;
mod prepare;
mod preview;
mod prove;
mod pull;
mod reading;
pub mod recipe;
mod recover;
mod rehome;
mod reread;
mod retire;
pub mod retry;
pub mod rich;
mod run;
pub mod schedule;
mod scope;
mod stage;
pub mod stream;
pub mod turn;
mod undo;
mod unique;
mod unmake;
mod work;

pub use again::{Failed, run_again};
pub use history::with_contents;
pub use inspect::{Inspected, inspect, written_anew};
pub use plan::{Agreement, FieldView, mark_of_lost};
pub use preview::Preview;
pub use run::{preview, run};
pub use undo::{LeftAlone, Standing, Undo, UndoPlan, Undone, undo, undo_record};
pub use unmake::{Unmade, UnmadeLine, Unmaking, unmake};
pub use work::{Heard, Hint, Progress, Scope, Stage, Unwatched, Work};
