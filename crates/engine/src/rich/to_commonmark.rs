//! Writes a document as CommonMark with pipe tables and strikethrough.

mod line;

use super::document::{Block, Document, Run};

use line::Line;

/// The document as CommonMark.
pub(super) fn write(document: &Document) -> String {
    let mut writer = Writer::default();
    writer.blocks(&document.blocks, false);
    writer.out
}

#[derive(Default)]
struct Writer {
    out: String,
    /// What every new line begins with.
    prefix: String,
    /// Whether the next block is the first of an entry.
    starts_entry: bool,
    /// Whether the next line begins with a bullet, which can be read as the line below a table's head.
    before_bullet: bool,
}

impl Writer {
    fn blocks(&mut self, blocks: &[Block], tight: bool) {
        let mut before: Option<&Block> = None;
        let mut other_bullet = false;
        for (at, block) in blocks.iter().enumerate() {
            if before.is_some() {
                let gap = !(tight
                    && matches!(
                        block,
                        Block::List {
                            first: None | Some(1),
                            ..
                        }
                    ));
                if gap {
                    self.blank_line();
                }
                self.new_line();
            }
            // Two lists with the same bullets would be one.
            other_bullet = match (before, block) {
                (Some(Block::List { first: last, .. }), Block::List { first, .. }) => {
                    last.is_some() == first.is_some() && !other_bullet
                }
                _ => false,
            };
            self.before_bullet = tight && matches!(blocks.get(at + 1), Some(Block::List { first: None, .. }));
            self.block(block, other_bullet);
            before = Some(block);
        }
    }

    fn block(&mut self, block: &Block, other_bullet: bool) {
        let starts_entry = std::mem::take(&mut self.starts_entry);
        match block {
            Block::Paragraph(text) => self.paragraph(text, starts_entry),
            Block::Heading { level, text } => self.heading(*level, text),
            Block::Quote(inner) => self.nested("> ", "> ", |writer| writer.blocks(inner, false)),
            Block::List { first, entries } => self.list(*first, entries, other_bullet),
            Block::Code { language, text } => self.code(language, text),
            Block::Table(rows) => self.table(rows),
            Block::Rule => self.out.push_str("***"),
        }
    }

    fn nested(&mut self, first: &str, rest: &str, write: impl FnOnce(&mut Self)) {
        self.out.push_str(first);
        let outer = self.prefix.len();
        self.prefix.push_str(rest);
        write(self);
        self.prefix.truncate(outer);
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        self.out.push_str(&self.prefix);
    }

    fn blank_line(&mut self) {
        self.out.push('\n');
        self.out.push_str(self.prefix.trim_end());
    }

    fn paragraph(&mut self, text: &[Run], starts_entry: bool) {
        let mut line = Line::new(&mut self.out);
        line.starts_entry = starts_entry;
        line.before_bullet = self.before_bullet;
        line.prefix = &self.prefix;
        line.write(text);
    }

    fn heading(&mut self, level: u8, text: &[Run]) {
        for _ in 0..level.clamp(1, 6) {
            self.out.push('#');
        }
        self.out.push(' ');
        let start = self.out.len();
        let mut line = Line::new(&mut self.out);
        line.in_heading = true;
        line.write(text);
        // Closing hashes are not part of a title.
        if self.out.len() > start && self.out.ends_with('#') {
            self.out.pop();
            self.out.push_str("\\#");
        }
    }

    fn list(&mut self, first: Option<u32>, entries: &[Vec<Block>], other_bullet: bool) {
        let tight = entries.iter().all(|entry| is_tight(entry));
        for (at, entry) in entries.iter().enumerate() {
            if at > 0 {
                if !tight {
                    self.blank_line();
                }
                self.new_line();
            }
            let marker = match (first, other_bullet) {
                (None, false) => "- ".to_owned(),
                (None, true) => "+ ".to_owned(),
                (Some(first), false) => format!("{}. ", number(first, at)),
                (Some(first), true) => format!("{}) ", number(first, at)),
            };
            let indent = " ".repeat(marker.len());
            self.starts_entry = true;
            self.nested(&marker, &indent, |writer| writer.blocks(entry, tight));
        }
    }

    fn code(&mut self, language: &str, text: &str) {
        let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
        self.out.push_str(&fence);
        self.out.push_str(language);
        for line in text.split('\n') {
            if line.is_empty() {
                self.blank_line();
            } else {
                self.new_line();
                self.out.push_str(line);
            }
        }
        self.new_line();
        self.out.push_str(&fence);
    }

    fn table(&mut self, rows: &[Vec<Vec<Run>>]) {
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                self.new_line();
            }
            self.out.push('|');
            for cell in row {
                self.out.push(' ');
                let mut line = Line::new(&mut self.out);
                line.in_cell = true;
                line.write(cell);
                self.out.push_str(" |");
            }
            if at == 0 {
                self.new_line();
                self.out.push('|');
                row.iter().for_each(|_| self.out.push_str(" --- |"));
            }
        }
    }
}

/// Whether the entry is one paragraph, and lists that may follow it without a gap.
fn is_tight(entry: &[Block]) -> bool {
    let follows = |block: &Block| {
        matches!(
            block,
            Block::List {
                first: None | Some(1),
                ..
            }
        )
    };
    match entry.split_first() {
        Some((Block::Paragraph(_), rest)) => rest.len() < 2 && rest.iter().all(follows),
        _ => false,
    }
}

fn number(first: u32, at: usize) -> u32 {
    first
        .saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
        .min(999_999_999)
}

/// The length of the longest stretch of that character.
fn longest_run(text: &str, wanted: char) -> usize {
    let mut longest = 0;
    let mut length = 0;
    for char in text.chars() {
        length = if char == wanted { length + 1 } else { 0 };
        longest = longest.max(length);
    }
    longest
}
