//! A look at JSON byte by byte, before anything is built from it.

use std::borrow::Cow;

/// What a look at a text shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// How deep objects and lists lie in each other.
    pub depth: usize,
    /// Whether a text has what cannot be kept: half a character, `\ud83d` without its other half, for which JSON has a way to
    /// say it and Unicode has none; or NUL, which PostgreSQL does not take.
    pub has_unfit: bool,
}

/// Looks at a JSON text, which is known to be one.
pub(super) fn scan(json: &str) -> Scan {
    let mut found = Scan::default();
    let mut depth = 0_usize;
    let mut bytes = json.as_bytes();
    while let Some((byte, rest)) = bytes.split_first() {
        bytes = match byte {
            b'{' | b'[' => {
                depth += 1;
                found.depth = found.depth.max(depth);
                rest
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                rest
            }
            b'"' => text(rest, &mut found.has_unfit),
            _ => rest,
        };
    }
    found
}

/// What follows a text whose first quotation mark is passed.
fn text<'a>(mut bytes: &'a [u8], has_unfit: &mut bool) -> &'a [u8] {
    while let Some((byte, rest)) = bytes.split_first() {
        bytes = match (byte, rest) {
            (b'"', rest) => return rest,
            (b'\\', [b'u', rest @ ..]) => {
                let (half, after) = unit(rest);
                match half {
                    Half::High => match after {
                        [b'\\', b'u', low @ ..] if unit(low).0 == Half::Low => unit(low).1,
                        _ => {
                            *has_unfit = true;
                            after
                        }
                    },
                    Half::Low | Half::Nul => {
                        *has_unfit = true;
                        after
                    }
                    Half::None => after,
                }
            }
            (b'\\', [_, rest @ ..]) => rest,
            (_, rest) => rest,
        };
    }
    bytes
}

#[derive(PartialEq, Eq)]
enum Half {
    High,
    Low,
    Nul,
    None,
}

/// What the four digits after `\u` stand for, and what follows them.
fn unit(bytes: &[u8]) -> (Half, &[u8]) {
    match bytes {
        [b'd' | b'D', second, _, _, rest @ ..] => match second {
            b'8' | b'9' | b'a' | b'b' | b'A' | b'B' => (Half::High, rest),
            b'c'..=b'f' | b'C'..=b'F' => (Half::Low, rest),
            _ => (Half::None, rest),
        },
        [b'0', b'0', b'0', b'0', rest @ ..] => (Half::Nul, rest),
        [_, _, _, _, rest @ ..] => (Half::None, rest),
        _ => (Half::None, &[]),
    }
}

/// The JSON as it can be kept.
pub(super) fn fit(json: &str) -> Cow<'_, str> {
    match scan(json).has_unfit {
        true => Cow::Owned(whole(json)),
        false => Cow::Borrowed(json),
    }
}

/// The same JSON with a replacement character for each half of one, and for NUL.
pub(super) fn whole(json: &str) -> String {
    let mut made = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        made.push_str(before);
        let bytes = escape.as_bytes();
        let (taken, is_half) = match bytes {
            [b'\\', b'u', digits @ ..] => match unit(digits) {
                (Half::High, [b'\\', b'u', low @ ..]) if unit(low).0 == Half::Low => (12, false),
                (Half::High | Half::Low | Half::Nul, _) => (6, true),
                (Half::None, _) => (6, false),
            },
            _ => (2, false),
        };
        let (taken, after) = escape.split_at_checked(taken).unwrap_or((escape, ""));
        made.push_str(if is_half { "\\ufffd" } else { taken });
        rest = after;
    }
    made.push_str(rest);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, depth: usize, has_unfit: bool) {
        assert_eq!(scan(json), Scan { depth, has_unfit }, "{json}");
        let made = whole(json);
        assert!(!scan(&made).has_unfit, "{made}");
        assert_eq!(made == json, !has_unfit, "{made}");
        serde_json::from_str::<serde_json::Value>(&made).unwrap();
    }

    #[test]
    fn depth_counts_what_is_no_text() {
        for (json, depth) in [
            ("1", 0),
            ("{}", 1),
            (r#"{"a":[{"b":"[[["}],"c":{}}"#, 3),
            (r#"["\"[","\\","["]"#, 1),
        ] {
            check(json, depth, false);
        }
        assert_eq!(scan(&"[".repeat(9_000)).depth, 9_000);
    }

    #[test]
    fn half_a_character_and_nul_are_found_and_replaced() {
        for (json, has_unfit) in [
            (r#""\ud83d\ude00""#, false),
            (r#""\uD83D""#, true),
            (r#""\ude00\ud83d""#, true),
            (r#""\ud83dx\u0041""#, true),
            (r#""\ud83d\ud83d\ude00""#, true),
            (r#""\\ud83d""#, false),
            (r#""\u00d8\ud7ff\ue000""#, false),
            (r#""a\u0000""#, true),
            (r#""\ud83d\u0000""#, true),
            (r#""\\u0000\u0001""#, false),
        ] {
            check(json, 0, has_unfit);
        }
    }
}
