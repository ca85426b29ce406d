//! Rich text from any markup to any other, through one document type.
//!
//! What a reader sees is never lost; what can be executed never survives; whatever else is left out is named.

mod builder;
mod cut;
mod delimiters;
mod document;
mod frame;
mod from_commonmark;
mod from_html;
mod images;
mod runs;
mod table;
mod to_commonmark;
mod to_html;

#[cfg(test)]
mod tests;

use std::fmt;

use model::{RichFormat, RichText};

pub use cut::convert_within;
pub use document::{Block, Document, Marks, Piece, Run};
pub use images::{ImageAddress, ImageInstead, ImagesInstead, convert_with_images, images_in};

use images::Images;

/// A text in the markup that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The text.
    pub text: String,
    /// What it could not bring along.
    pub lost: Vec<Lost>,
}

/// Something that a text had and its converted form has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// What it is.
    pub what: Loss,
    /// How many of them.
    pub times: usize,
}

/// What a conversion can leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// A script.
    Script,
    /// A style sheet; without it the text looks plainer.
    Style,
    /// A page, plug-in or medium shown within the text.
    Embedded,
    /// An attribute that runs a script.
    Handler,
    /// The target of a link that runs a script or leads nowhere safe; its text is kept.
    Link,
    /// A picture whose bytes stand in the text; its description is kept, and it belongs uploaded as a file.
    InlineImage,
    /// A picture without a source that can be shown; its description is kept.
    Image,
    /// A picture of one dot, which only tells a sender that it was read.
    TrackingDot,
    /// Cells that span rows or columns; their text stands in the first of them.
    MergedCells,
    /// The end of a line within a cell or a title; a blank is there instead.
    LineBreak,
    /// Bold, italics or code where CommonMark has no delimiters for it; the text is kept.
    Look,
    /// The title of a link or picture, which is seen when it is pointed at.
    Title,
    /// To which side a table's columns keep.
    Alignment,
    /// What is said of a block of code beside its language.
    CodeDetails,
    /// A tag of HTML within a line of CommonMark; its text is kept.
    Tag,
    /// What is longer than there is room for.
    Rest,
    /// Quotes or lists within more of them than are kept apart; their text is kept.
    Depth,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Script => "script",
            Self::Style => "style sheet",
            Self::Embedded => "embedded content",
            Self::Handler => "event handler",
            Self::Link => "unsafe link",
            Self::InlineImage => "inline image",
            Self::Image => "image without a source",
            Self::TrackingDot => "tracking image",
            Self::MergedCells => "merged cells",
            Self::LineBreak => "line break in a cell or heading",
            Self::Look => "look within a word",
            Self::Title => "title of a link or image",
            Self::Alignment => "alignment of columns",
            Self::CodeDetails => "details of a code block",
            Self::Tag => "tag within CommonMark",
            Self::Rest => "text beyond the room there is",
            Self::Depth => "deep nesting",
        })
    }
}

/// Writes a text in another markup.
pub fn convert(text: &RichText, to: RichFormat) -> Converted {
    let (document, lost) = read(text);
    let text = write(&document, to);
    Converted { text, lost }
}

/// The visible text without any markup, blanks folded.
pub fn plain(text: &RichText) -> String {
    read(text).0.plain()
}

fn read(text: &RichText) -> (Document, Vec<Lost>) {
    read_with(text, Images::Shown)
}

fn read_with(text: &RichText, images: Images<'_>) -> (Document, Vec<Lost>) {
    match text.format {
        RichFormat::Html => from_html::read(&text.text, images),
        RichFormat::CommonMark => from_commonmark::read(&text.text, images),
    }
}

fn write(document: &Document, to: RichFormat) -> String {
    match to {
        RichFormat::Html => to_html::write(document),
        RichFormat::CommonMark => to_commonmark::write(document),
    }
}
