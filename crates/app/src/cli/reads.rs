//! How a certificate's reading reads: what was looked at, and what a change may still hide behind.

use model::{Certificate, How, Read, SetSum, Side};

use crate::cli::print::{self, many};

/// How many things that are not whole are shown.
const SHOWN_CAPPED: usize = 5;

/// Prints what a certificate rests on, where that is not simply everything.
pub fn show(certificate: &Certificate) {
    sums(certificate);
    if !certificate.only.is_empty() {
        let names: Vec<&str> = certificate.only.iter().map(|id| id.as_str()).collect();
        print::data(format!("It is PARTIAL: it speaks of {} alone.", names.join(", ")));
    }
    let whole = certificate
        .rests_on
        .iter()
        .filter(|read| read.how == How::Whole)
        .count();
    let parts: Vec<&Read> = certificate
        .rests_on
        .iter()
        .filter(|read| read.how != How::Whole)
        .collect();
    if parts.is_empty() {
        return;
    }
    let objects = many(whole as u64, "object was", "objects were");
    print::data(format!(
        "It rests on what was read: {objects} read whole, the others in part:"
    ));
    for read in parts {
        print::data(format!("  {}", text(read)));
    }
}

/// What the sums of both sides come to, and what is named as missing or cut.
fn sums(certificate: &Certificate) {
    let mut pairs = SetSum::default();
    let mut references = SetSum::default();
    certificate.contents.iter().for_each(|of| pairs.join(&of.right));
    certificate
        .relations
        .iter()
        .for_each(|of| references.join(&of.right));
    if pairs.count > 0 {
        let differ: u64 = certificate.contents.iter().map(|of| of.differ).sum();
        let but = match differ {
            0 => String::new(),
            differ => format!(", but for {}", many(differ, "pair", "pairs")),
        };
        print::data(format!(
            "Both sides' hash sums agree over {} and {}{but}.",
            many(pairs.count, "pair", "pairs"),
            many(references.count, "reference", "references")
        ));
    }
    for what in certificate.capped.iter().take(SHOWN_CAPPED) {
        print::data(format!("Not whole: {what}"));
    }
    let more = certificate.capped.len().saturating_sub(SHOWN_CAPPED);
    if more > 0 {
        print::data(format!("and {more} more that are not whole; --json lists all"));
    }
}

fn text(read: &Read) -> String {
    let side = match read.side {
        Side::Left => "left",
        Side::Right => "right",
    };
    let mut said: Vec<String> = Vec::new();
    if let Some(since) = read.changed_since {
        said.push(format!("what changed since {}", print::time(since)));
    }
    match read.how {
        How::Singly => {
            said.push("what this run wrote, one by one; what others change is not seen".to_owned())
        }
        How::Below => said.push(
            "what this run wrote, one by one, and what was said below what changed and some of the rest"
                .to_owned(),
        ),
        How::Hinted => said.push("what the vendor said had changed".to_owned()),
        How::Within => said.push("with the records that hold it".to_owned()),
        How::Changed => said.push("by the vendor's date of change".to_owned()),
        How::Parts | How::Whole => {}
    }
    if let Some(runs) = read.within_runs {
        said.push(format!("every record within {runs} syncs"));
    }
    if let Some(all) = read.all_since {
        said.push(format!("all of them since {}", print::time(all)));
    }
    format!("{side} {}: {}", read.object, said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Option<model::Timestamp> {
        model::Timestamp::from_second(second).ok()
    }

    #[test]
    fn a_reading_in_part_says_what_may_be_unseen() {
        let read = Read {
            object: "license".into(),
            side: Side::Left,
            how: How::Parts,
            records: 12,
            changed_since: None,
            all_since: at(0),
            within_runs: Some(24),
        };
        assert_eq!(
            text(&read),
            "left license: every record within 24 syncs; all of them since 1970-01-01 00:00:00Z"
        );
        let comment = Read {
            object: "comment".into(),
            side: Side::Right,
            how: How::Singly,
            all_since: None,
            within_runs: None,
            ..read
        };
        assert_eq!(
            text(&comment),
            "right comment: what this run wrote, one by one; what others change is not seen"
        );
    }
}
