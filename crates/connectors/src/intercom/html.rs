//! As much of markup as titles and addresses need.

/// The text of a piece of HTML, on one line. Bodies keep their markup; this is for titles and subjects.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        plain.push_str(before);
        let is_tag = tag.starts_with(|sign: char| sign.is_ascii_alphabetic() || matches!(sign, '/' | '!'));
        match tag.split_once('>').filter(|_| is_tag) {
            Some((_, after)) => {
                plain.push(' ');
                rest = after;
            }
            None => {
                plain.push('<');
                rest = tag;
            }
        }
    }
    plain.push_str(rest);
    one_line(&unescaped(&plain))
}

/// On one line, and not too long for a title.
pub(super) fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// With the few references that editors write turned into what they stand for.
fn unescaped(text: &str) -> String {
    let pairs = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ];
    pairs
        .iter()
        .fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign))
}

/// What a file at this address is called.
pub(super) fn file_name(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    match last.is_empty() {
        true => "file".to_owned(),
        false => last.chars().take(200).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_has_no_markup() {
        for (text, expected) in [
            ("<p>Hello  <b>Ann</b></p>", "Hello Ann"),
            ("a < b &amp; c", "a < b & c"),
            ("&lt;p&gt;", "<p>"),
            ("<", "<"),
            ("<p", "<p"),
            ("", ""),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
