//! The one shape that every markup is read into and written from.

use std::rc::Rc;

/// A text with structure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// What it consists of, from top to bottom.
    pub blocks: Vec<Block>,
}

/// A part of a document that starts on a line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Run>),
    /// A title of the level 1 to 6.
    Heading {
        /// How deep it stands.
        level: u8,
        /// What it says.
        text: Vec<Run>,
    },
    /// What somebody else said.
    Quote(Vec<Block>),
    /// Entries below each other.
    List {
        /// The number of the first entry, if they are counted.
        first: Option<u32>,
        /// The entries.
        entries: Vec<Vec<Block>>,
    },
    /// Text that is shown as it is typed.
    Code {
        /// The language it is in, or nothing.
        language: String,
        /// Its lines.
        text: String,
    },
    /// Rows of equally many cells; the first row is the head.
    Table(Vec<Vec<Vec<Run>>>),
    /// A line from edge to edge.
    Rule,
}

/// A stretch of text that looks the same from end to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What is there.
    pub piece: Piece,
    /// How it looks.
    pub marks: Marks,
    /// Where it leads.
    pub link: Option<Rc<str>>,
}

/// What a run consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Characters; no two blanks follow each other.
    Text(String),
    /// A picture.
    Image {
        /// Where it is.
        source: Rc<str>,
        /// What it shows.
        alt: String,
    },
    /// The end of a line within a paragraph.
    Break,
}

/// How a run looks: any of the marks together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u8);

impl Marks {
    /// Plain text.
    pub const NONE: Self = Self(0);
    /// Bold.
    pub const STRONG: Self = Self(1);
    /// Italics.
    pub const EMPHASIS: Self = Self(2);
    /// Struck through.
    pub const STRIKE: Self = Self(4);
    /// As code.
    pub const CODE: Self = Self(8);
    /// The marks that CommonMark writes with delimiters, whose neighbours matter.
    pub const DELIMITED: Self = Self(7);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is left when the others are taken off.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What both sets have.
    #[must_use]
    pub const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether any of the others is on.
    pub const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// How many marks there are.
    pub const fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there is no mark.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl Run {
    /// A stretch of characters.
    pub fn text(text: impl Into<String>, marks: Marks, link: Option<Rc<str>>) -> Self {
        Self {
            piece: Piece::Text(text.into()),
            marks,
            link,
        }
    }

    /// The end of a line.
    pub const fn line_break() -> Self {
        Self {
            piece: Piece::Break,
            marks: Marks::NONE,
            link: None,
        }
    }

    /// Whether both look and lead alike.
    pub fn looks_like(&self, marks: Marks, link: Option<&Rc<str>>) -> bool {
        self.marks == marks && self.link.as_ref() == link
    }
}

impl Document {
    /// The visible text, blanks folded, parts apart by one blank.
    pub fn plain(&self) -> String {
        let mut out = String::new();
        plain_blocks(&self.blocks, &mut out);
        out
    }
}

fn plain_blocks(blocks: &[Block], out: &mut String) {
    for block in blocks {
        match block {
            Block::Paragraph(text) | Block::Heading { text, .. } => plain_runs(text, out),
            Block::Quote(inner) => plain_blocks(inner, out),
            Block::List { entries, .. } => entries.iter().for_each(|entry| plain_blocks(entry, out)),
            Block::Code { text, .. } => plain_words(text, out),
            Block::Table(rows) => rows.iter().flatten().for_each(|cell| plain_runs(cell, out)),
            Block::Rule => {}
        }
    }
}

fn plain_words(text: &str, out: &mut String) {
    for word in text.split_whitespace() {
        space(out);
        out.push_str(word);
    }
}

fn plain_runs(runs: &[Run], out: &mut String) {
    space(out);
    for run in runs {
        match &run.piece {
            Piece::Text(text) => push_folded(text, out),
            Piece::Image { alt, .. } => push_folded(alt, out),
            Piece::Break => space(out),
        }
    }
    out.truncate(out.trim_end().len());
}

fn push_folded(text: &str, out: &mut String) {
    for char in text.chars() {
        if char.is_whitespace() {
            space(out);
        } else {
            out.push(char);
        }
    }
}

fn space(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}
