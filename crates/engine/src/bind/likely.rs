//! Which right field a left one may go into, by their names and kinds: what is certain is used, and what is not is shown to
//! a person before anything is written.

use model::{Field, FieldKind, FieldName};
use serde::{Deserialize, Serialize};

use crate::turn::always_fits;

/// From this score on a field is taken without asking.
pub const CERTAIN: u8 = 85;
/// Below this score two fields have nothing to do with each other.
const WORTH_A_LOOK: u8 = 50;
/// So far the best must be ahead of the next to be certain.
const AHEAD: u8 = 10;

/// Words for the same thing.
const SYNONYMS: &[&[&str]] = &[
    &["arr", "annual recurring revenue"],
    &["mrr", "monthly recurring revenue"],
    &["nrr", "net recurring revenue"],
    &["industry", "sector", "line of business"],
    &[
        "employees",
        "number of employees",
        "employee count",
        "headcount",
        "company size",
    ],
    &["website", "web site", "homepage", "url", "web"],
    &["phone", "phone number", "telephone", "tel"],
    &["csm", "customer success manager", "success manager"],
    &["am", "account manager", "account executive"],
    &["country", "country code"],
    &["zip", "zip code", "postal code", "postcode"],
    &["renewal", "renewal date"],
    &["health", "health score"],
    &["tier", "customer tier", "service tier"],
    &["language", "locale", "preferred language"],
    &["time zone", "timezone", "tz"],
    &["crm id", "salesforce id", "hubspot id"],
    &["severity", "urgency"],
    &["job title", "position", "role"],
];

/// A right field that a left one may go into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likely {
    /// The left field.
    pub left: FieldName,
    /// The right field.
    pub right: FieldName,
    /// How alike they are, up to 100.
    pub score: u8,
    /// Whether it is taken unless a rule says otherwise.
    pub taken: bool,
}

/// The right field, of these, that a left one of this kind is most like.
pub(super) fn likely<'a>(
    left: &Field,
    kind: &FieldKind,
    rights: impl Iterator<Item = &'a Field>,
) -> Option<(&'a Field, Likely)> {
    let mut scored: Vec<(u8, &Field)> = rights
        .filter_map(|right| Some((score(left, kind, right)?, right)))
        .collect();
    scored.sort_by(|(one, first), (other, second)| other.cmp(one).then_with(|| first.name.cmp(&second.name)));
    let (best, right) = *scored.first()?;
    let next = scored.get(1).map_or(0, |(score, _)| *score);
    let found = Likely {
        left: left.name.clone(),
        right: right.name.clone(),
        score: best,
        taken: best >= CERTAIN && best.saturating_sub(next) >= AHEAD,
    };
    Some((right, found))
}

/// How alike two fields are; nothing if they have nothing to do with each other.
fn score(left: &Field, kind: &FieldKind, right: &Field) -> Option<u8> {
    let ours = words(&left.title);
    let names = [words(&right.title), words(bare(right.name.as_str()))];
    let by_name = names
        .iter()
        .map(|theirs| alike(&ours, theirs))
        .max()
        .unwrap_or_default();
    let by_kind = match (kind == &right.kind, always_fits(kind, &right.kind)) {
        (true, _) => 0,
        // A short text takes everything, which says little.
        (false, true) => 5,
        // Some values may fit; only a person can know.
        (false, false) if is_near(kind, &right.kind) => 25,
        (false, false) => return None,
    };
    let score = by_name.saturating_sub(by_kind);
    (score >= WORTH_A_LOOK).then_some(score)
}

/// Whether some values of the one kind may be values of the other.
fn is_near(from: &FieldKind, to: &FieldKind) -> bool {
    use FieldKind::{Choice, Integer, List, Number, Text};
    match (from, to) {
        (Text { .. }, Choice { .. } | Number | Integer) | (Number, Integer) => true,
        (List(from), to) => from.as_ref() == to,
        _ => false,
    }
}

fn alike(one: &[String], other: &[String]) -> u8 {
    if one.is_empty() || other.is_empty() {
        return 0;
    }
    let (joined, joined_other) = (one.concat(), other.concat());
    if joined == joined_other {
        return 100;
    }
    let spaced = [one.join(" "), other.join(" ")];
    if SYNONYMS
        .iter()
        .any(|group| spaced.iter().all(|name| group.contains(&name.as_str())))
    {
        return 90;
    }
    let common = one.iter().filter(|word| other.contains(word)).count();
    let share = 160 * common / (one.len() + other.len());
    u8::try_from(share).unwrap_or(80)
}

/// A custom field's name without what the vendor puts before it.
fn bare(name: &str) -> &str {
    let name = name.strip_prefix("tnt__").unwrap_or(name);
    name.strip_prefix("custom.").unwrap_or(name)
}

/// The words of a name, in lower case: `companySize`, `company_size` and `Company size` are the same.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut was_low = false;
    for letter in name.chars() {
        let begins = letter.is_uppercase() && was_low;
        if (!letter.is_alphanumeric() || begins) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        was_low = letter.is_lowercase() || letter.is_numeric();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn field(name: &str, title: &str, kind: FieldKind) -> Field {
        Field {
            name: name.into(),
            title: title.to_owned(),
            kind,
            writable: true,
            required: false,
            custom: true,
            id: None,
        }
    }

    fn kind(word: &str) -> FieldKind {
        match word {
            "number" => FieldKind::Number,
            "date" => FieldKind::Date,
            "choice" => FieldKind::Choice {
                values: vec!["a".to_owned()],
            },
            _ => FieldKind::Text { max: None },
        }
    }

    /// `title kind | right title kind, …`: the title that is found, its score, and `!` if it is taken.
    fn check(line: &str, expected: &str) {
        let split = |text: &str| {
            let (title, word) = text.trim().rsplit_once(' ').unwrap();
            field(title.trim(), title.trim(), kind(word))
        };
        let (left, rights) = line.split_once('|').unwrap();
        let left = split(left);
        let rights: Vec<Field> = rights.split(',').map(split).collect();
        let found = likely(&left, &left.kind, rights.iter()).map(|(right, found)| {
            let taken = if found.taken { "!" } else { "" };
            format!("{} {}{taken}", right.title, found.score)
        });
        assert_eq!(found.unwrap_or_default(), expected, "{line}");
    }

    #[test]
    fn the_same_name_is_found_however_it_is_written() {
        check("Industry text | Industry text, Country text", "Industry 100!");
        check("companySize number | Company size number", "Company size 100!");
        check(
            "company_size number | tnt__company_size number",
            "tnt__company_size 100!",
        );
        check("Größe text | größe text", "größe 100!");
    }

    #[test]
    fn a_known_synonym_is_as_good() {
        check("Sector text | Industry text", "Industry 90!");
        check(
            "Headcount number | Number of employees number",
            "Number of employees 90!",
        );
        check("tz text | Time zone text", "Time zone 90!");
    }

    #[test]
    fn what_is_not_certain_is_left_to_a_person() {
        check(
            "Renewal quarter text | Renewal quarter of year text",
            "Renewal quarter of year 53",
        );
        check("Sector text | Industry choice", "Industry 65");
        check("Industry text | Industry choice", "Industry 75");
        // Two that are as good as each other.
        check(
            "Sector text | Industry text, Line of business text",
            "Industry 90",
        );
    }

    #[test]
    fn what_has_nothing_to_do_with_it_is_not_shown() {
        check("Industry text | Country text", "");
        check("Renewal date | Renewal number", "");
        check("Go-live plan for the summer text | Plan text", "");
    }
}
