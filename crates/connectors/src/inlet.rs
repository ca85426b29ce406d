//! What a vendor tells us unasked: which records changed. It is a hint to read them, and never what they say, so that one
//! that comes twice, late or not at all does no harm.

use async_trait::async_trait;
use http::HeaderMap;
use model::{Fault, ObjectName, RecordId, Secret, Timestamp};

/// Understands what a vendor sends to our address. Pure.
pub trait Inlet: Send + Sync {
    /// How a delivery shows that it is the vendor's.
    fn proof(&self) -> Proof;

    /// What a delivery says.
    fn hear(&self, knock: &Knock<'_>) -> Heard;
}

/// How a delivery shows that it is the vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By a secret that we make and tell the vendor with our address.
    Ours,
    /// By a secret that the vendor has; this is what it is called there.
    Theirs(&'static str),
    /// By the address alone, which nobody else knows.
    Address,
}

/// A delivery, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Knock<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, byte by byte.
    pub body: &'a [u8],
    /// What it is signed with; empty where the address is the proof.
    pub secret: &'a Secret,
    /// When it came.
    pub now: Timestamp,
}

/// What a delivery says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The vendor wants to see that somebody listens: the JSON that it must get back.
    Challenge(String),
    /// These records came, changed or went.
    Changed(Vec<(ObjectName, RecordId)>),
    /// The vendor's word, about nothing that we know.
    Ignored,
    /// Not the vendor's word, and why.
    Refused(&'static str),
}

/// Tells a vendor where we listen.
#[async_trait]
pub trait Registrar: Send + Sync {
    /// Has the vendor call this address, signing with this secret. Done twice, it is done once; for one that has fallen
    /// silent it begins anew.
    async fn register(&self, url: &str, secret: &Secret) -> Result<Listening, Fault>;

    /// Whether the vendor calls this address; nothing if it does not know it.
    async fn listening(&self, url: &str) -> Result<Option<Listening>, Fault>;

    /// Has the vendor forget this address.
    async fn unregister(&self, url: &str) -> Result<(), Fault>;
}

/// Whether a vendor calls an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listening {
    /// It does.
    Active,
    /// It has not seen yet that somebody listens.
    Unverified,
    /// It was told not to.
    Inactive,
}
