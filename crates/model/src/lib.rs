//! The nouns every room shares, and the ports through which rooms meet.
//!
//! Nothing here reads a clock, rolls dice, or touches the network or a disk. `model` declares async
//! traits (the ports); others implement them.

mod certificate;
mod event;
mod fault;
mod files;
mod id;
mod number;
mod pairing;
mod parcel;
mod plan;
mod port;
mod problem;
mod reading;
mod record;
mod run;
mod schedule;
mod secret;
mod sum;
mod value;

pub use certificate::{
    Certificate, CertificateLine, Contents, FileProof, How, LeftOut, MissingRecord, ObjectProof, Read,
    Relation, Seal,
};
pub use event::{Discard, Event, EventKind, EventSource, WriteKey};
pub use fault::{Fault, FaultKind, chain};
pub use files::{AddressMark, Attachment, BroughtFile, Fetched, FileSum, Files, KnownFile, NewFile};
pub use id::{
    ChangeId, ConnectionId, ConnectorId, Cursor, End, ExternalKey, FieldName, ImportId, MessageId,
    ObjectName, PairingId, RecordId, RunId, Seq, SourceId,
};
pub use number::{NotANumber, Number};
pub use pairing::{
    Back, Born, Case, Condition, CustomFields, Identify, Import, Joins, Onto, OptionKind, Otherwise, Owner,
    Pairing, Policy, Recipe, RecipeField, RecipeOption, Rule, Side, Stamp, Turn, When, WhenGone,
    WhenGoneRight,
};
pub use parcel::{Brought, ParcelKind};
pub use plan::{
    Action, Agreed, Base, Change, Choice, Decision, Evidence, FieldChange, Gone, NewObject, Outcome, Pair,
    Plan, Problem, ProblemKind, Reason, Replaced, SchemaChange, Settled, ValueMark, Written,
};
pub use port::{
    Acquaintance, Appended, Clock, Deliveries, Destination, Failing, Handle, Held, INTERRUPTED, Intents,
    Journal, JournalStanding, Kept, Lane, LaneId, Memory, Met, Mirror, PairRow, Permission, Planning,
    Position, RightRow, Seen, Settlement, Settling, Sink, Source, Stretch, Withheld, Workspace,
};
pub use problem::ProblemId;
pub use reading::{Ask, Keep, Mode, Next, Page, Past, Reading, Round};
pub use record::{Field, FieldKind, Fields, ObjectType, Raw, RawHash, Record};
pub use run::{Became, Calls, Direction, Drift, FileCounts, Line, Report, Run, RunState, Trigger};
pub use schedule::{Pause, Schedule};
pub use secret::Secret;
pub use sum::{SetSum, Sum};
pub use value::{FileRef, Person, Reference, RichFormat, RichText, Value, Visibility};

pub use jiff::{Timestamp, civil::Date};
