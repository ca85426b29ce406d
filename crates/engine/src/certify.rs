//! Counts of both sides → certificate: that nothing is silently missing.

use std::collections::BTreeMap;

use model::{
    Certificate, CertificateLine, FileSum, LeftOut, MissingRecord, ObjectName, ObjectProof, PairingId, SetSum,
};

use crate::prove::Proof;

/// How many missing records a certificate names.
const NAMED: usize = 200;

/// What was counted, each by another way than the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// One per left object.
    pub objects: Vec<LeftObject>,
    /// One per pairing.
    pub pairings: Vec<CertificateLine>,
    /// Open problems that keep a record from the right side.
    pub blocking: u64,
    /// All open problems.
    pub problems: u64,
    /// Of these, those that only miss a file: the record says so itself, and each sync tries again.
    pub missing_files: u64,
    /// Of all open problems, those that say that the vendor does not give all that a record holds.
    pub withheld: Vec<MissingRecord>,
    /// Files that were fetched back with other bytes than were brought.
    pub files_differ: u64,
    /// Counterparts that were not in their list and were not asked for one by one, by their right object.
    pub unlisted: BTreeMap<ObjectName, u64>,
    /// Records that are left out because their counterparts are gone.
    pub left_out: Vec<LeftOut>,
    /// Records that an open problem keeps from the right side.
    pub missing: Vec<MissingRecord>,
    /// What both sides hold.
    pub(crate) proof: Proof,
    /// What was brought of files.
    pub files: FileSum,
}

/// A left object's counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftObject {
    /// The object.
    pub object: ObjectName,
    /// Its pairings.
    pub pairings: Vec<PairingId>,
    /// Records that are there, by what this run and those before it read.
    pub met: u64,
    /// Of those, records that no list of the vendor's shows, and that it does not count.
    pub hidden: u64,
    /// How many the vendor says there are, where it can be asked.
    pub vendor: Option<u64>,
    /// Records that no pairing takes.
    pub excluded: u64,
    /// Records without a counterpart and without a reason.
    pub unexplained: u64,
    /// Records known from earlier that were not in the list and were not asked for one by one.
    pub unasked: u64,
    /// Why the vendor does not give us the object, if it does not.
    pub unavailable: Option<String>,
    /// What stands for all records that are there.
    pub known: SetSum,
    /// For those with a counterpart.
    pub paired: SetSum,
    /// For those without one.
    pub unpaired: SetSum,
}

impl LeftObject {
    /// Of which nothing is counted yet.
    pub(crate) fn of(object: ObjectName) -> Self {
        Self {
            object,
            pairings: vec![],
            met: 0,
            hidden: 0,
            vendor: None,
            excluded: 0,
            unexplained: 0,
            unasked: 0,
            unavailable: None,
            known: SetSum::default(),
            paired: SetSum::default(),
            unpaired: SetSum::default(),
        }
    }
}

/// Draws up the certificate. It holds only if every left record has its counterpart or is left out by the recipe, and
/// everything written was read back as written.
pub fn certify(counted: &Counted) -> Certificate {
    let mut gaps = Vec::new();
    for object in &counted.objects {
        gaps.extend(object_gaps(object, &counted.pairings));
    }
    for line in &counted.pairings {
        gaps.extend(line_gaps(line));
    }
    gaps.extend(counted.unlisted.iter().map(|(object, number)| {
        format!("{object}: {number} counterparts were not in the list, too many to ask for each")
    }));
    gaps.extend(waiting(counted));
    gaps.extend(other_bytes(counted));
    let proof = &counted.proof;
    Certificate {
        holds: gaps.is_empty(),
        lines: counted.pairings.clone(),
        gaps,
        objects: counted.objects.iter().map(object_proof).collect(),
        contents: proof.contents.values().cloned().collect(),
        relations: proof.relations.values().cloned().collect(),
        missing: counted.missing.iter().take(NAMED).cloned().collect(),
        left_out: counted.left_out.clone(),
        missing_more: counted.missing.len().saturating_sub(NAMED) as u64,
        ..Certificate::default()
    }
}

fn object_gaps(object: &LeftObject, pairings: &[CertificateLine]) -> Vec<String> {
    let mut gaps = Vec::new();
    let name = &object.object;
    if let Some(why) = &object.unavailable {
        gaps.push(format!("{name}: nothing was read: {why}"));
    }
    let shown = object.met.saturating_sub(object.hidden);
    if let Some(vendor) = object.vendor.filter(|vendor| *vendor != shown) {
        gaps.push(format!(
            "{name}: the left vendor counts {vendor}, and {shown} are known"
        ));
    }
    if object.unasked > 0 {
        gaps.push(format!(
            "{name}: {} known records were not in the list, too many to ask for each",
            object.unasked
        ));
    }
    if object.unexplained > 0 {
        gaps.push(format!(
            "{name}: {} have no counterpart, and no reason for it",
            object.unexplained
        ));
    }
    let lines = pairings
        .iter()
        .filter(|line| object.pairings.contains(&line.pairing));
    let sum: u64 = lines.map(|line| line.left).sum::<u64>() + object.excluded + object.unexplained;
    if sum != object.met {
        gaps.push(format!(
            "{name}: {} are known, and {sum} are accounted for",
            object.met
        ));
    }
    let mut both = object.paired;
    both.join(&object.unpaired);
    if both != object.known {
        gaps.push(format!(
            "{name}: the records with a counterpart and those without one are not together those that are known"
        ));
    }
    gaps
}

fn object_proof(object: &LeftObject) -> ObjectProof {
    ObjectProof {
        object: object.object.clone(),
        vendor: object.vendor,
        hidden: object.hidden,
        known: object.known,
        paired: object.paired,
        unpaired: object.unpaired,
    }
}

fn waiting(counted: &Counted) -> Option<String> {
    let there = counted.missing_files + counted.withheld.len() as u64;
    let fields = counted.problems.saturating_sub(there);
    match (counted.blocking, fields) {
        (0, 0) => None,
        (0, 1) => Some("1 field waits for a person or for a record that it refers to".to_owned()),
        (0, _) => Some(format!(
            "{fields} fields wait for a person or for a record that they refer to"
        )),
        (1, _) => Some("1 record waits for a person".to_owned()),
        (records, _) => Some(format!("{records} records wait for a person")),
    }
}

fn other_bytes(counted: &Counted) -> Option<String> {
    let files = counted.files_differ;
    (files > 0).then(|| format!("files: {files} were fetched back with other bytes than were brought"))
}

fn line_gaps(line: &CertificateLine) -> Vec<String> {
    let mut gaps = Vec::new();
    let name = &line.pairing;
    if line.paired + line.explained != line.left {
        gaps.push(format!(
            "{name}: {} on the left, {} with a counterpart",
            line.left, line.paired
        ));
    }
    if line.read_back < line.written {
        gaps.push(format!(
            "{name}: {} were written, and {} were read back",
            line.written, line.read_back
        ));
    }
    if line.equal < line.read_back {
        let differ = line.read_back - line.equal;
        gaps.push(format!(
            "{name}: {differ} were read back with other contents than were written"
        ));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `met vendor excluded unexplained unasked | left paired explained written read_back equal | blocking problems missing_files files_differ`
    fn check(line: &str, holds: bool, gap: &str) {
        let numbers: Vec<u64> = line
            .split([' ', '|'])
            .filter_map(|word| word.parse().ok())
            .collect();
        let &[
            met,
            vendor,
            excluded,
            unexplained,
            unasked,
            left,
            paired,
            explained,
            written,
            read_back,
            equal,
            blocking,
            problems,
            missing_files,
            files_differ,
        ] = numbers.as_slice()
        else {
            panic!("not a line: {line}")
        };
        let pairing = PairingId::new("company");
        let counted = Counted {
            objects: vec![LeftObject {
                pairings: vec![pairing.clone()],
                met,
                vendor: Some(vendor),
                excluded,
                unexplained,
                unasked,
                ..LeftObject::of("company".into())
            }],
            pairings: vec![CertificateLine {
                pairing,
                left,
                paired,
                explained,
                written,
                read_back,
                equal,
            }],
            blocking,
            problems,
            missing_files,
            files_differ,
            ..Counted::default()
        };
        let certificate = certify(&counted);
        assert_eq!(certificate.holds, holds, "{line}: {:?}", certificate.gaps);
        assert!(
            certificate.gaps.join("; ").contains(gap),
            "{line}: {:?}",
            certificate.gaps
        );
    }

    #[test]
    fn it_holds_when_everything_adds_up() {
        check("10 10 2 0 0 | 8 8 0 8 8 8 | 0 0 0 0", true, "");
        check("0 0 0 0 0 | 0 0 0 0 0 0 | 0 0 0 0", true, "");
    }

    #[test]
    fn each_gap_is_named() {
        check("10 11 2 0 0 | 8 8 0 8 8 8 | 0 0 0 0", false, "counts 11");
        check("10 10 2 1 0 | 7 7 0 7 7 7 | 0 0 0 0", false, "no reason");
        check(
            "10 10 1 0 0 | 8 8 0 8 8 8 | 0 0 0 0",
            false,
            "9 are accounted for",
        );
        check("10 10 2 0 4 | 8 8 0 8 8 8 | 0 0 0 0", false, "4 known records");
        check(
            "10 10 2 0 0 | 8 7 0 7 7 7 | 0 0 0 0",
            false,
            "7 with a counterpart",
        );
        check("10 10 2 0 0 | 8 7 1 7 7 7 | 1 1 0 0", false, "1 record waits");
        check("10 10 2 0 0 | 8 8 0 8 7 7 | 0 0 0 0", false, "7 were read back");
        check("10 10 2 0 0 | 8 8 0 8 8 7 | 0 0 0 0", false, "other contents");
        check("10 10 2 0 0 | 8 8 0 8 8 8 | 0 3 0 0", false, "3 fields wait");
    }

    #[test]
    fn what_no_list_shows_is_not_in_the_vendors_count() {
        let known = |hidden, vendor| LeftObject {
            met: 12,
            hidden,
            vendor: Some(vendor),
            excluded: 12,
            ..LeftObject::of("contact".into())
        };
        assert_eq!(object_gaps(&known(1, 11), &[]), Vec::<String>::new());
        assert_eq!(object_gaps(&known(0, 11), &[]).len(), 1);
        assert_eq!(object_gaps(&known(1, 12), &[]).len(), 1);
    }

    #[test]
    fn a_missing_file_is_no_gap_and_a_changed_one_is() {
        check("10 10 2 0 0 | 8 8 0 8 8 8 | 0 3 3 0", true, "");
        check("10 10 2 0 0 | 8 8 0 8 8 8 | 0 3 2 0", false, "1 field waits");
        check("10 10 2 0 0 | 8 8 0 8 8 8 | 0 0 0 1", false, "other bytes");
    }

    #[test]
    fn an_object_that_cannot_be_had_is_a_gap() {
        let counted = Counted {
            objects: vec![LeftObject {
                unavailable: Some("no permission".to_owned()),
                ..LeftObject::of("comment".into())
            }],
            ..Counted::default()
        };
        assert_eq!(
            certify(&counted).gaps,
            ["comment: nothing was read: no permission"]
        );
    }

    #[test]
    fn a_record_that_is_neither_here_nor_there_is_a_gap() {
        let sum = |things: &[&str]| {
            let mut sum = SetSum::default();
            things.iter().for_each(|thing| sum.add(&[thing.as_bytes()]));
            sum
        };
        let check = |known: &[&str], paired: &[&str], unpaired: &[&str], holds: bool| {
            let object = LeftObject {
                known: sum(known),
                paired: sum(paired),
                unpaired: sum(unpaired),
                ..LeftObject::of("company".into())
            };
            let counted = Counted {
                objects: vec![object],
                ..Counted::default()
            };
            assert_eq!(
                certify(&counted).holds,
                holds,
                "{known:?} {paired:?} {unpaired:?}"
            );
        };
        check(&["a", "b"], &["b"], &["a"], true);
        check(&["a", "b"], &["b"], &["c"], false);
        check(&["a", "b"], &["b"], &[], false);
    }
}
