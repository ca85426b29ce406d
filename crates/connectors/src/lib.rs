//! Every vendor we speak to: a client for each, and a twin that stands in for it.
//!
//! A connector knows no other connector, no pairing, no database, and no network except a `Wire`.

mod connector;
mod consent;
mod devrev;
mod inlet;
mod intercom;
pub mod kit;
mod planhat;
pub mod segment;

pub use connector::{
    Answer, Card, Connector, Delivery, Outlet, Sample, Session, Setting, Settings, Twin, TwinOptions,
    TwinSetting, Wire,
};

pub use consent::{Asked, Consent};
pub use inlet::{Heard, Inlet, Knock, Listening, Proof, Registrar};

/// Every connector.
pub fn all() -> [&'static dyn Connector; 3] {
    [&planhat::CONNECTOR, &devrev::CONNECTOR, &intercom::CONNECTOR]
}

/// The connector of that id.
pub fn by_id(id: &str) -> Option<&'static dyn Connector> {
    all().into_iter().find(|connector| connector.card().id == id)
}
