//! Why an answer cannot be read, without a word of what it holds.

use serde_json::error::Category;

/// Where a JSON text stops making sense. The parser's own words may quote a customer's value, so they are not used.
pub fn unread(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Data => "a value is missing or of another type",
        Category::Syntax | Category::Io => "it is not JSON",
        Category::Eof => "it breaks off",
    };
    format!("{what}, at line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(text: &str, expected: &str) {
        let error = serde_json::from_str::<Vec<bool>>(text).unwrap_err();
        assert_eq!(unread(&error), expected, "{text}");
    }

    #[test]
    fn no_value_is_quoted() {
        check(
            r#"["Acme"]"#,
            "a value is missing or of another type, at line 1, column 7",
        );
        check("<html>", "it is not JSON, at line 1, column 1");
        check("[true,", "it breaks off, at line 1, column 6");
    }
}
