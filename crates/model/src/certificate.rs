//! What a run can swear to: that nothing is silently missing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{FieldName, ObjectName, PairingId, RecordId, SetSum, Side};

/// What a run can swear to: that nothing is silently missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Whether every line below adds up.
    pub holds: bool,
    /// One line per pairing.
    pub lines: Vec<CertificateLine>,
    /// What does not add up, one sentence each.
    pub gaps: Vec<String>,
    /// What each left object consists of.
    #[serde(default)]
    pub objects: Vec<ObjectProof>,
    /// What each pairing's two sides hold.
    #[serde(default)]
    pub contents: Vec<Contents>,
    /// What refers to what.
    #[serde(default)]
    pub relations: Vec<Relation>,
    /// The files that were brought, by their SHA-256.
    #[serde(default)]
    pub files: FileProof,
    /// Records that are not on the right side, each with its reason: the first of them.
    #[serde(default)]
    pub missing: Vec<MissingRecord>,
    /// How many more there are.
    #[serde(default)]
    pub missing_more: u64,
    /// Records that are left out because their counterparts are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// What was cut, left out of a text, or looked at only in part.
    #[serde(default)]
    pub capped: Vec<String>,
    /// What it rests on: how each object was read.
    #[serde(default)]
    pub rests_on: Vec<Read>,
    /// The pairings that it speaks of, if not of all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<PairingId>,
}

/// How an object was read in a run, and what that leaves unseen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// The object.
    pub object: ObjectName,
    /// Whose.
    pub side: Side,
    /// How.
    pub how: How,
    /// How many records.
    pub records: u64,
    /// What changed from this moment on was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<Timestamp>,
    /// Every record was looked at after this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_since: Option<Timestamp>,
    /// In so many runs every record is looked at, whatever its date says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_runs: Option<u64>,
}

/// How an object was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Every record.
    Whole,
    /// What changed, by the vendor's word.
    Changed,
    /// What changed last, as far as the vendor shows that, and a part of the rest.
    Parts,
    /// What this run wrote, one by one: no list has them.
    Singly,
    /// What this run wrote, one by one, and what was said below records that changed and some of the others.
    Below,
    /// What the vendor said had changed, one by one.
    Hinted,
    /// With the records that bring it along.
    Within,
}

/// One pairing's proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateLine {
    /// The pairing.
    pub pairing: PairingId,
    /// Left records that belong to it, as the vendor gave them in this run.
    pub left: u64,
    /// Of these, with a counterpart.
    pub paired: u64,
    /// Of these, without one, for a reason that is an open problem.
    pub explained: u64,
    /// Right records that this run wrote.
    pub written: u64,
    /// Of these, read back from the right vendor afterwards.
    pub read_back: u64,
    /// Of these, with the contents that were written.
    pub equal: u64,
}

/// A left object's records by what became of them. Each sum adds up, record by record, its id and a hash of what the vendor
/// last sent of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectProof {
    /// The object.
    pub object: ObjectName,
    /// How many records the vendor itself says there are, where it can say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<u64>,
    /// Records that are there and in no list of the vendor's, which does not count them: it hides what was archived.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hidden: u64,
    /// All that are there.
    pub known: SetSum,
    /// Those with a counterpart.
    pub paired: SetSum,
    /// Those without one: left out by the recipe, or for a reason that is an open problem.
    pub unpaired: SetSum,
}

/// A certificate that was signed before it said this is read back as it was.
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What a pairing's two sides hold. Each sum adds up, pair by pair, both ids and the values of all fields that rules write, in
/// the right side's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The pairing.
    pub pairing: PairingId,
    /// What both sides agreed on.
    pub agreed: SetSum,
    /// What the right vendor last said.
    pub right: SetSum,
    /// Pairs whose right record holds something else than was agreed on.
    pub differ: u64,
    /// The left ids of the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differing: Vec<RecordId>,
    /// Pairs of which some right value is still to go back to the left.
    pub returning: u64,
    /// Pairs with a reference whose target is not there yet.
    pub waiting: u64,
}

/// What one field of a pairing's records refers to: comments to their conversations, contacts to their accounts. Each sum
/// adds up, reference by reference, the right ids of both records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// The pairing.
    pub pairing: PairingId,
    /// The right field.
    pub field: FieldName,
    /// The references that both sides agreed on.
    pub agreed: SetSum,
    /// Those that the right vendor last showed.
    pub right: SetSum,
}

/// The files of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileProof {
    /// Those on the right side: each once, by the SHA-256 of the left side's bytes and their number.
    pub brought: SetSum,
    /// Their bytes.
    pub bytes: u64,
    /// Addresses that gave no file, by the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, u64>,
    /// Those that this run fetched back from the right side.
    pub compared: u64,
    /// Of these, those with the same SHA-256.
    pub equal: u64,
}

/// A record that is not on the right side, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingRecord {
    /// The left object.
    pub object: ObjectName,
    /// The record.
    pub record: RecordId,
    /// Why, in one sentence.
    pub why: String,
}

/// Records of a pairing that are left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The pairing.
    pub pairing: PairingId,
    /// Why, in words that follow "for".
    pub why: String,
    /// How many.
    pub records: u64,
}

/// What an installation signed of a run and its report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The installation's public key (Ed25519), in hexadecimal digits.
    pub key: String,
    /// A digest of each part, so that an altered part can be named.
    pub parts: BTreeMap<String, String>,
    /// The signature of the parts, in hexadecimal digits.
    pub signature: String,
}
