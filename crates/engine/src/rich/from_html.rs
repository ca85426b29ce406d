//! Reads HTML as mail programs and editors write it.
//!
//! The tokens come from html5ever; its tree does not, because building one takes a time that grows with the square of
//! the depth. What a browser would show is kept, whatever the tags around it are.

mod attributes;
mod sink;

use std::cell::RefCell;

use html5ever::{
    tendril::StrTendril,
    tokenizer::{BufferQueue, Tokenizer, TokenizerOpts},
};

use super::{Lost, builder::Builder, document::Document, images::Images};

pub(super) use attributes::{ImageUse, chosen_place, image_address, image_use, safe_link};
use sink::{Sink, Style};

/// The document, and what it lacks.
pub(super) fn read(text: &str, images: Images<'_>) -> (Document, Vec<Lost>) {
    let mut builder = Builder::new(images);
    if has_tags(text) {
        read_into(text, &mut builder);
    } else if text.contains(['&', '<']) {
        // Without a tag there is no markup that could end a line: the lines are meant as they are.
        let broken = text.replace('<', "&lt;").replace('\n', "<br>");
        read_into(&broken, &mut builder);
    } else {
        read_lines(text, &mut builder);
    }
    builder.finish()
}

/// Reads a piece of HTML into a document that is being made.
pub(super) fn read_into(text: &str, builder: &mut Builder<'_>) {
    let (marked, cut_off) = split_cut_off(text);
    let sink = Sink {
        builder: RefCell::new(builder),
        style: RefCell::new(Style::default()),
    };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(marked));
    // A script token would stop the tokenizer; ours gives none.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    if !cut_off.is_empty() && !tokenizer.sink.style.borrow().is_hidden() {
        tokenizer.sink.builder.borrow_mut().text(cut_off);
    }
}

/// Whether any tag that HTML has, or an editor may have made, stands in the text; a log's `<timeout>`, an address and a `<`
/// between numbers are none.
fn has_tags(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let tag = text.get(at + 1..).unwrap_or_default();
        let name = tag.strip_prefix('/').unwrap_or(tag);
        let end = name.find(|char: char| !char.is_ascii_alphanumeric());
        let (name, rest) = name
            .split_at_checked(end.unwrap_or(name.len()))
            .unwrap_or_default();
        let is_custom =
            rest.starts_with(['-', ':']) && !["http", "https", "mailto", "tel", "ftp"].contains(&name);
        tag.starts_with(['!', '?']) || is_custom || sink::is_known(name)
    })
}

fn read_lines(text: &str, builder: &mut Builder<'_>) {
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            builder.line_break();
        }
        builder.text(line);
    }
}

/// A text that was cut off, or a bare `<`, leaves a tag that never ends: what follows it is text, not a tag.
fn split_cut_off(text: &str) -> (&str, &str) {
    let after = text.rfind('>').map_or(0, |at| at + 1);
    let tail = text.get(after..).unwrap_or_default();
    let begins = tail.match_indices('<').find(|(at, _)| {
        let next = tail.as_bytes().get(at + 1);
        next.is_some_and(u8::is_ascii_alphabetic)
    });
    begins.map_or((text, ""), |(at, _)| text.split_at(after + at))
}

/// Reads one tag that stands within a line of CommonMark: a picture, a line break, or a block that does not begin there
/// and only ends the line. Whether it was read.
pub(super) fn read_inline(tag: &str, builder: &mut Builder<'_>) -> bool {
    let name = tag.trim_start_matches(['<', '/']).to_ascii_lowercase();
    let end = name.find(|char: char| !char.is_ascii_alphanumeric() && char != '-');
    let name = end.map_or(name.as_str(), |end| name.get(..end).unwrap_or_default());
    let left_out = ["script", "style", "iframe", "embed", "object", "video", "audio"];
    if sink::is_block(name) {
        builder.line_break();
    } else if matches!(name, "br" | "img") || (left_out.contains(&name) && !tag.starts_with("</")) {
        read_into(tag, builder);
    } else {
        return tag.starts_with("<!") || tag.starts_with("<?") || left_out.contains(&name);
    }
    true
}
