//! Signing what runs report, and saying of a report whether it is as it was signed.

use std::collections::BTreeMap;

use model::{Run, Seal, Secret};
use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use serde_json::{Map, Value};

use crate::{failure::Failure, wiring::Rooms};

/// What is signed begins so, and nothing else that this program signs does.
const PREFIX: &[u8] = b"interline certificate v1\n";
/// How deep a report is taken apart: deep enough to name a line of the certificate.
const DEPTH: usize = 5;
/// How many digits of a digest are kept.
const DIGITS: usize = 32;

/// An installation's key for signing.
pub struct Signer(Ed25519KeyPair);

impl Signer {
    /// The key that grows from a seed of 64 hexadecimal digits.
    pub fn new(seed: &Secret) -> Option<Self> {
        let seed = hex::decode(seed.reveal()).ok()?;
        Some(Self(Ed25519KeyPair::from_seed_unchecked(&seed).ok()?))
    }

    /// The public half, in hexadecimal digits.
    pub fn public(&self) -> String {
        hex::encode(self.0.public_key().as_ref())
    }

    /// Signs a run with its report.
    pub fn sign(&self, run: &Run) -> Result<Seal, serde_json::Error> {
        let parts = parts(&serde_json::to_value(run)?);
        let signature = self.0.sign(&message(&parts));
        Ok(Seal {
            key: self.public(),
            signature: hex::encode(signature.as_ref()),
            parts,
        })
    }
}

/// What can be said of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it was signed with this key.
    Genuine {
        /// The public key.
        key: String,
    },
    /// Some parts are not as they were signed.
    Altered(Vec<String>),
    /// The signature is not one of this key over these parts.
    Forged,
    /// It is signed with another key than the one asked for.
    OtherKey {
        /// That key.
        key: String,
    },
    /// Nobody signed it.
    Unsigned,
}

/// Judges a report as it was printed, by this key or by the one that it names.
pub fn judge(report: &Value, key: Option<&str>) -> Verdict {
    let seal = report.pointer("/report/seal").cloned();
    let seal = seal.and_then(|seal| serde_json::from_value::<Seal>(seal).ok());
    let Some(seal) = seal else {
        return Verdict::Unsigned;
    };
    if key.is_some_and(|key| !key.eq_ignore_ascii_case(&seal.key)) {
        return Verdict::OtherKey { key: seal.key };
    }
    let is_signed = match (hex::decode(&seal.key), hex::decode(&seal.signature)) {
        (Ok(key), Ok(signature)) => UnparsedPublicKey::new(&ED25519, key)
            .verify(&message(&seal.parts), &signature)
            .is_ok(),
        _ => false,
    };
    if !is_signed {
        return Verdict::Forged;
    }
    let found = parts(report);
    let names = seal.parts.keys().chain(found.keys());
    let mut altered: Vec<String> = names
        .filter(|name| seal.parts.get(*name) != found.get(*name))
        .cloned()
        .collect();
    altered.sort();
    altered.dedup();
    match altered.is_empty() {
        true => Verdict::Genuine { key: seal.key },
        false => Verdict::Altered(altered),
    }
}

/// Each part of a run with its digest; the seal itself is none.
fn parts(run: &Value) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    let mut run = run.clone();
    if let Some(report) = run.get_mut("report").and_then(Value::as_object_mut) {
        report.remove("seal");
    }
    take_apart("", &run, DEPTH, &mut parts);
    parts
}

fn take_apart(name: &str, value: &Value, depth: usize, parts: &mut BTreeMap<String, String>) {
    let within = |more: &str| match name {
        "" => more.to_owned(),
        name => format!("{name}.{more}"),
    };
    match value {
        Value::Object(map) if depth > 0 && !map.is_empty() && named(map).is_none() => {
            for (key, value) in map {
                take_apart(&within(key), value, depth - 1, parts);
            }
        }
        Value::Array(values) if depth > 0 && values.iter().all(Value::is_object) && !values.is_empty() => {
            for (at, value) in values.iter().enumerate() {
                let called = value.as_object().and_then(named);
                let called = called.map_or_else(|| at.to_string(), |called| format!("{at} ({called})"));
                parts.insert(within(&called), digest(value));
            }
        }
        _ => {
            parts.insert(name.to_owned(), digest(value));
        }
    }
}

/// What a line of a report is about.
fn named(map: &Map<String, Value>) -> Option<&str> {
    let names = ["pairing", "object"];
    names.iter().find_map(|name| map.get(*name)?.as_str())
}

fn digest(value: &Value) -> String {
    let text = serde_json::to_vec(value).unwrap_or_default();
    let digest = ring::digest::digest(&ring::digest::SHA256, &text);
    hex::encode(digest.as_ref()).chars().take(DIGITS).collect()
}

fn message(parts: &BTreeMap<String, String>) -> Vec<u8> {
    let mut message = PREFIX.to_vec();
    message.extend(serde_json::to_vec(parts).unwrap_or_default());
    message
}

impl Rooms {
    /// The installation's key for signing; it is made when it is first asked for.
    pub async fn signer(&self) -> Result<Signer, Failure> {
        let mut seed = [0; 32];
        let broken = || Failure::broke("No key for signing could be made");
        SystemRandom::new().fill(&mut seed).map_err(|_| broken())?;
        let seed = self.store.signing_seed(&Secret::new(hex::encode(seed))).await?;
        Signer::new(&seed).ok_or_else(broken)
    }

    /// Signs what a run reports. One that cannot be signed is kept all the same, and says so by having no seal.
    pub(crate) async fn seal(&self, run: &mut Run) {
        let sealed = match self.signer().await {
            Ok(signer) => signer
                .sign(run)
                .map_err(|error| Failure::broke("The report could not be read").because(error)),
            Err(failure) => Err(failure),
        };
        match (sealed, &mut run.report) {
            (Ok(seal), Some(report)) => report.seal = Some(seal),
            (Err(failure), _) => tracing::warn!(run = %run.id, failure = %failure, "A report was not signed"),
            (Ok(_), None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use model::{Certificate, CertificateLine, Report, RunState, Timestamp, Trigger};
    use serde_json::json;

    use super::*;

    fn signer(seed: &str) -> Signer {
        Signer::new(&Secret::new(seed.repeat(32))).unwrap()
    }

    fn signed() -> Value {
        let line = |pairing: &str| CertificateLine {
            pairing: pairing.into(),
            left: 3,
            paired: 3,
            explained: 0,
            written: 3,
            read_back: 3,
            equal: 3,
        };
        let mut run = Run {
            id: "run".into(),
            import: "acme".into(),
            trigger: Trigger::Manual,
            started_at: Timestamp::UNIX_EPOCH,
            state: RunState::Done {
                at: Timestamp::UNIX_EPOCH,
            },
            report: Some(Report {
                certificate: Certificate {
                    holds: true,
                    lines: vec![line("company"), line("comment")],
                    ..Certificate::default()
                },
                ..Report::default()
            }),
        };
        let seal = signer("07").sign(&run).unwrap();
        run.report.as_mut().unwrap().seal = Some(seal);
        let printed = serde_json::to_string_pretty(&run).unwrap();
        serde_json::from_str(&printed).unwrap()
    }

    /// Alters what a pointer names.
    fn check(pointer: &str, value: Value, verdict: Verdict) {
        let mut report = signed();
        *report.pointer_mut(pointer).unwrap() = value;
        assert_eq!(judge(&report, None), verdict, "{pointer}");
    }

    #[test]
    fn a_report_is_genuine_as_it_was_signed() {
        let key = signer("07").public();
        assert_eq!(judge(&signed(), None), Verdict::Genuine { key: key.clone() });
        assert_eq!(
            judge(&signed(), Some(&key)),
            Verdict::Genuine { key: key.clone() }
        );
        let other = signer("08").public();
        assert_eq!(judge(&signed(), Some(&other)), Verdict::OtherKey { key });
    }

    #[test]
    fn what_was_altered_is_named() {
        let altered = |parts: &[&str]| Verdict::Altered(parts.iter().map(|&part| part.to_owned()).collect());
        check(
            "/report/certificate/lines/1/left",
            json!(4),
            altered(&["report.certificate.lines.1 (comment)"]),
        );
        check(
            "/report/certificate/holds",
            json!(false),
            altered(&["report.certificate.holds"]),
        );
        check("/import", json!("other"), altered(&["import"]));
        check("/report/problems", json!(7), altered(&["report.problems"]));
        let mut report = signed();
        let lines = report.pointer_mut("/report/certificate/lines").unwrap();
        lines.as_array_mut().unwrap().pop();
        assert_eq!(
            judge(&report, None),
            altered(&["report.certificate.lines.1 (comment)"])
        );
        let mut report = signed();
        report["report"]["extra"] = json!("more");
        assert_eq!(judge(&report, None), altered(&["report.extra"]));
    }

    #[test]
    fn a_seal_cannot_be_made_up() {
        let mut report = signed();
        report["report"]["problems"] = json!(7);
        let digest = digest(&json!(7));
        report["report"]["seal"]["parts"]["report.problems"] = json!(digest);
        assert_eq!(judge(&report, None), Verdict::Forged);
        check("/report/seal/signature", json!("zz"), Verdict::Forged);
        check("/report/seal/key", json!(signer("08").public()), Verdict::Forged);
        check("/report/seal", json!(null), Verdict::Unsigned);
    }

    #[test]
    fn what_is_no_report_is_unsigned() {
        for odd in [
            json!(null),
            json!([1]),
            json!({"report": 7}),
            json!({"report": {"seal": {}}}),
        ] {
            assert_eq!(judge(&odd, None), Verdict::Unsigned, "{odd}");
        }
    }
}
