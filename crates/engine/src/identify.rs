//! Who is whose counterpart, with a score and a reason.

use model::{
    ConnectorId, ExternalKey, FieldName, Identify, ObjectName, Pairing, Record, RecordId, Value, ValueMark,
};

use crate::turn::{back_of, mark_in, mark_of};

/// The name of the handle that stands for a vendor's stored keys.
pub const KEY: &str = "key";

/// What identification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identified {
    /// No candidate fits.
    Nobody,
    /// This one, so sure (in percent), by this field.
    One {
        /// The right record.
        id: RecordId,
        /// How sure, in percent.
        score: u8,
        /// The right field that told, or `key`.
        by: FieldName,
    },
    /// Several fit equally well: a person decides.
    Equal(Vec<RecordId>),
}

/// What a right record can be found by, in the folded form that is compared.
pub fn handles(pairing: &Pairing, right: &Record) -> Vec<(FieldName, String)> {
    let mut handles = Vec::new();
    for identify in &pairing.identify {
        match identify {
            Identify::Key => handles.extend(right.keys.iter().map(|key| (FieldName::new(KEY), fold(key)))),
            Identify::Fields { right: field, .. } => handles.extend(folded(right, field, field)),
        }
    }
    if pairing.rules.iter().any(|rule| back_of(rule).is_some()) {
        handles.push((FieldName::new(KEY), mark_of(&right.id)));
    }
    handles.sort();
    handles.dedup();
    handles
}

/// What a left record's counterpart would carry.
pub fn wanted(pairing: &Pairing, left: &Record, key: &ExternalKey) -> Vec<(FieldName, String)> {
    let mut wanted = Vec::new();
    for identify in &pairing.identify {
        match identify {
            Identify::Key => wanted.push((FieldName::new(KEY), fold(key.as_str()))),
            Identify::Fields {
                left: field, right, ..
            } => wanted.extend(folded(left, field, right)),
        }
    }
    let marks = pairing.rules.iter().filter_map(|rule| mark_in(rule, left));
    wanted.extend(marks.map(|mark| (FieldName::new(KEY), mark)));
    wanted
}

/// The marks of what a person sees who chooses between equal candidates: what the left record is known by, and who the
/// candidates are.
pub fn marks(
    pairing: &Pairing,
    left: &Record,
    key: &ExternalKey,
    candidates: &[RecordId],
) -> (ValueMark, ValueMark) {
    let known_by = wanted(pairing, left, key)
        .into_iter()
        .map(|(_, text)| Value::Text(text));
    let mut ids: Vec<&RecordId> = candidates.iter().collect();
    ids.sort();
    let ids = ids.into_iter().map(|id| Value::Text(id.to_string()));
    (
        ValueMark::of(&Value::List(known_by.collect())),
        ValueMark::of(&Value::List(ids.collect())),
    )
}

/// Picks the counterpart among candidates.
/// `key` is that of the left record; a left record that was made for a right one carries that one's, which begins with
/// the right side's connector.
pub fn identify(
    pairing: &Pairing,
    left: &Record,
    (key, right): (&ExternalKey, &ConnectorId),
    candidates: &[Record],
) -> Identified {
    let mut best: Vec<(RecordId, FieldName)> = Vec::new();
    let mut best_score = 0;
    for candidate in candidates {
        let Some((score, by)) = score(pairing, left, (key, right), candidate) else {
            continue;
        };
        if score > best_score {
            best_score = score;
            best.clear();
        }
        if score == best_score && !best.iter().any(|(id, _)| id == &candidate.id) {
            best.push((candidate.id.clone(), by));
        }
    }
    match best.as_slice() {
        [] => Identified::Nobody,
        [(id, by)] => Identified::One {
            id: id.clone(),
            score: best_score,
            by: by.clone(),
        },
        several => {
            let mut ids: Vec<RecordId> = several.iter().map(|(id, _)| id.clone()).collect();
            ids.sort();
            Identified::Equal(ids)
        }
    }
}

fn score(
    pairing: &Pairing,
    left: &Record,
    (key, right): (&ExternalKey, &ConnectorId),
    candidate: &Record,
) -> Option<(u8, FieldName)> {
    let mut marks = pairing.rules.iter().filter_map(|rule| mark_in(rule, left));
    let is_marked = marks.any(|mark| mark == mark_of(&candidate.id));
    if is_marked || made_for(right, &pairing.right, left).contains(&candidate.id) {
        return Some((100, FieldName::new(KEY)));
    }
    if belongs_to_another(key, candidate) {
        return None;
    }
    pairing
        .identify
        .iter()
        .filter_map(|identify| match identify {
            Identify::Key => candidate
                .keys
                .iter()
                .any(|other| fold(other) == fold(key.as_str()))
                .then(|| (100, FieldName::new(KEY))),
            Identify::Fields {
                left: field,
                right,
                score,
            } => {
                let ours = folded(left, field, right);
                folded(candidate, right, right)
                    .iter()
                    .any(|theirs| ours.contains(theirs))
                    .then(|| (*score, right.clone()))
            }
        })
        .max_by_key(|(score, _)| *score)
}

/// The right records for which a left record was made, by the keys that it carries.
pub fn made_for(right: &ConnectorId, object: &ObjectName, left: &Record) -> Vec<RecordId> {
    let begin = format!("{right}:{object}:");
    let keys = left.keys.iter();
    keys.filter_map(|key| key.strip_prefix(&begin))
        .map(RecordId::new)
        .collect()
}

/// Whether a candidate carries the key of another of our records of this kind, and not this one's.
pub(crate) fn belongs_to_another(key: &ExternalKey, candidate: &Record) -> bool {
    let kind = key.as_str().rsplit_once(':').map_or("", |(kind, _)| kind);
    let of_kind = |other: &&String| other.rsplit_once(':').is_some_and(|(other, _)| other == kind);
    let ours = |other: &String| fold(other) == fold(key.as_str());
    !candidate.keys.iter().any(ours) && candidate.keys.iter().any(|other| of_kind(&other))
}

/// Whether a record carries the key of any record of a connector's.
pub(crate) fn is_made_for(connector: &ConnectorId, record: &Record) -> bool {
    let begin = format!("{connector}:");
    record.keys.iter().any(|key| key.starts_with(&begin))
}

pub(crate) fn folded(record: &Record, field: &FieldName, named: &FieldName) -> Vec<(FieldName, String)> {
    let elements = record.fields.get(field).map(Value::elements).unwrap_or_default();
    elements
        .iter()
        .filter_map(Value::as_text)
        .map(fold)
        .filter(|text| !text.is_empty())
        .map(|text| (named.clone(), text))
        .collect()
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, text: &str) -> Record {
        let mut record = Record {
            id: id.into(),
            title: id.to_owned(),
            fields: Default::default(),
            changed_at: None,
            keys: vec![],
        };
        for part in text.split_whitespace() {
            let (name, value) = part.split_once('=').expect("name=value");
            if name == KEY {
                record.keys.push(value.to_owned());
            } else {
                let values = value
                    .split(',')
                    .map(|word| Value::Text(word.to_owned()))
                    .collect();
                record.fields.insert(name.into(), Value::List(values));
            }
        }
        record
    }

    fn pairing() -> Pairing {
        let fields = |field: &str, score| Identify::Fields {
            left: field.into(),
            right: field.into(),
            score,
        };
        Pairing {
            id: "company".into(),
            left: "company".into(),
            right: "account".into(),
            when: vec![],
            make: None,
            onto: None,
            joins: None,
            create: vec![],
            only: vec![],
            back: None,
            gone: None,
            gone_right: None,
            archive: Default::default(),
            identify: vec![Identify::Key, fields("domains", 90), fields("name", 60)],
            fields: vec![],
            rules: vec![],
            custom: None,
            ignore: vec![],
        }
    }

    /// The left record is `5f`; candidates are `r1`, `r2`, … in order; the verdict is an id, `-`, or ids with `=`.
    fn check(left: &str, candidates: &[&str], verdict: &str) {
        let key = ExternalKey::of(
            &ConnectorId::new("v"),
            &ObjectName::new("company"),
            &RecordId::new("5f"),
        );
        let candidates: Vec<Record> = candidates
            .iter()
            .enumerate()
            .map(|(at, text)| record(&format!("r{}", at + 1), text))
            .collect();
        let found = match identify(&pairing(), &record("5f", left), (&key, &"w".into()), &candidates) {
            Identified::Nobody => "-".to_owned(),
            Identified::One { id, .. } => id.to_string(),
            Identified::Equal(ids) => ids.iter().map(RecordId::as_str).collect::<Vec<_>>().join("="),
        };
        assert_eq!(found, verdict, "{left} {candidates:?}");
    }

    #[test]
    fn a_key_beats_everything() {
        check("domains=a.com", &["domains=a.com", "key=v:company:5f"], "r2");
    }

    #[test]
    fn a_record_with_anothers_key_is_not_free() {
        check("domains=a.com", &["domains=a.com key=v:company:77"], "-");
        check("domains=a.com", &["domains=a.com key=v:user:77"], "r1");
    }

    #[test]
    fn a_left_record_that_was_made_for_a_right_one_belongs_to_it() {
        check("key=w:account:r2 domains=a.com", &["domains=a.com", ""], "r2");
        check("key=w:contact:r2 domains=a.com", &["domains=a.com", ""], "r1");
    }

    #[test]
    fn a_domain_beats_a_name() {
        check(
            "domains=a.com name=Acme",
            &["name=acme", "domains=b.com,A.COM"],
            "r2",
        );
    }

    #[test]
    fn two_equal_candidates_are_not_a_guess() {
        check("name=Acme", &["name=acme", "name=ACME"], "r1=r2");
    }

    #[test]
    fn nothing_in_common_is_nobody() {
        check("name=Acme", &["name=other"], "-");
        check("other=x", &["other=x"], "-");
        check("name=", &["name="], "-");
    }
}
