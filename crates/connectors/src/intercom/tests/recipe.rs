//! The recipe that comes with the program has a place for every field of every object that it moves.

use super::super::object;

const RECIPE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../recipes/intercom-devrev.yaml"
));

#[test]
fn every_field_is_moved_or_left_out_for_a_reason() {
    for object in object::all() {
        // Articles are moved text by text, and help centers are where collections lie.
        if matches!(object.name, "article" | "help_center") {
            continue;
        }
        let begin = format!("    left: {}\n", object.name);
        let (_, rest) = RECIPE.split_once(&begin).expect(object.name);
        let pairing = rest.split("\n  - id: ").next().unwrap();
        let is_word = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '.' | '$');
        let words: std::collections::HashSet<&str> = pairing
            .lines()
            .map(|line| line.split(" #").next().unwrap())
            .flat_map(|line| line.split(|sign| !is_word(sign)))
            .collect();
        let missing: Vec<&str> = object
            .known
            .iter()
            .map(|known| known.name)
            .filter(|name| !words.contains(name))
            .collect();
        assert!(missing.is_empty(), "{}: {missing:?}", object.name);
    }
}
