//! Rich text: one vendor's markup into another's.

use model::{RichFormat, RichText};

/// A text in another markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The text.
    pub text: String,
}

/// Turns a text into another markup.
pub fn convert(text: &RichText, to: RichFormat) -> Converted {
    let text = match (text.format, to) {
        (RichFormat::Html, RichFormat::CommonMark) => {
            htmd::convert(&text.text).unwrap_or_else(|_| text.text.clone())
        }
        _ => text.text.clone(),
    };
    Converted { text }
}

/// The visible text.
pub fn plain(text: &RichText) -> String {
    convert(text, RichFormat::CommonMark).text
}
