#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::ObjectName;

use super::*;
use crate::devrev::object;

/// Cuts this text as a ticket's body: the new body, and what is left over.
fn cut_text(text: &str) -> (String, Vec<String>) {
    let mut members = Map::from_iter([("body".to_owned(), Json::from(text))]);
    let rest = cut(
        &object::by_name(&ObjectName::new("ticket")).unwrap(),
        &mut members,
    );
    (members["body"].as_str().unwrap().to_owned(), rest)
}

#[test]
fn what_fits_is_left_alone() {
    for text in ["", "short", &"é".repeat(LONGEST)] {
        assert_eq!(cut_text(text), (text.to_owned(), Vec::new()));
    }
}

#[test]
fn what_does_not_fit_goes_on_and_nothing_is_lost() {
    let paragraphs = "A paragraph of some words.\n\n".repeat(9_000);
    for text in ["é".repeat(LONGEST + 1), "word ".repeat(60_000), paragraphs] {
        let (body, rest) = cut_text(&text);
        assert!(body.chars().count() <= LONGEST);
        assert_eq!(continued(&body), rest.len());
        let first = body.split(MARK).next().unwrap();
        let all: String = std::iter::once(first)
            .chain(rest.iter().map(String::as_str))
            .collect();
        assert_eq!(all.replace('\n', ""), text.replace('\n', ""));
        assert!(rest.iter().all(|piece| piece.chars().count() <= LONGEST));
    }
}

#[test]
fn only_our_mark_says_that_a_body_goes_on() {
    for (text, pieces) in [
        ("plain", 0),
        ("text\n\n*Continued in internal comments: 3*", 3),
        ("text\n\n*Continued in internal comments: many*", 0),
    ] {
        assert_eq!(continued(text), pieces, "{text}");
    }
}
