//! A text that is too long for where it goes, cut so that what is left is still a whole text.

use model::{RichFormat, RichText};

use super::{
    Converted, ImagesInstead, Loss, Lost,
    document::{Block, Document, Marks, Piece, Run},
    images::Images,
    read_with,
    runs::settle,
    write,
};

/// What stands where a text was cut.
const MORE: &str = "…";

/// Writes a text in another markup with other pictures, and with as many of its characters as `max` have room for, markup
/// included.
pub fn convert_within(text: &RichText, to: RichFormat, max: usize, instead: &ImagesInstead) -> Converted {
    let (document, mut lost) = read_with(text, Images::Replaced(instead));
    let text = write(&document, to);
    if fits(&text, max) {
        return Converted { text, lost };
    }
    lost.push(Lost {
        what: Loss::Rest,
        times: 1,
    });
    // Markup takes more room in one place than in another, so the longest that fits is searched for.
    let (mut kept, mut too_many) = (0, size(&document.blocks));
    let mut best = if max == 0 { String::new() } else { MORE.to_owned() };
    while kept + 1 < too_many {
        let middle = kept.midpoint(too_many);
        let shorter = write(&keep(&document, middle), to);
        if fits(&shorter, max) {
            (kept, best) = (middle, shorter);
        } else {
            too_many = middle;
        }
    }
    Converted { text: best, lost }
}

fn fits(text: &str, max: usize) -> bool {
    text.len() <= max || text.chars().count() <= max
}

/// The first `room` characters and what they stand in.
fn keep(document: &Document, room: usize) -> Document {
    let mut knife = Knife { room, done: false };
    let blocks = knife.blocks(&document.blocks);
    Document { blocks }
}

/// Keeps characters as long as there is room.
struct Knife {
    room: usize,
    /// Whether the end was reached; nothing follows it.
    done: bool,
}

impl Knife {
    fn blocks(&mut self, blocks: &[Block]) -> Vec<Block> {
        let mut kept = Vec::new();
        for block in blocks {
            if self.done {
                break;
            }
            kept.push(self.block(block));
        }
        kept
    }

    fn block(&mut self, block: &Block) -> Block {
        match block {
            Block::Paragraph(text) => Block::Paragraph(self.runs(text)),
            Block::Heading { level, text } => Block::Heading {
                level: *level,
                text: self.runs(text),
            },
            Block::Quote(inner) => Block::Quote(self.blocks(inner)),
            Block::List { first, entries } => {
                let mut kept = Vec::new();
                for entry in entries {
                    if !self.done {
                        kept.push(self.blocks(entry));
                    }
                }
                Block::List {
                    first: *first,
                    entries: kept,
                }
            }
            Block::Code { language, text } => Block::Code {
                language: language.clone(),
                text: self.text(text),
            },
            Block::Table(rows) => Block::Table(self.rows(rows)),
            Block::Rule => Block::Rule,
        }
    }

    fn rows(&mut self, rows: &[Vec<Vec<Run>>]) -> Vec<Vec<Vec<Run>>> {
        let mut kept = Vec::new();
        for row in rows {
            if !self.done {
                let cells = row.iter().map(|cell| match self.done {
                    false => self.runs(cell),
                    true => Vec::new(),
                });
                kept.push(cells.collect());
            }
        }
        kept
    }

    fn runs(&mut self, runs: &[Run]) -> Vec<Run> {
        let mut kept = Vec::new();
        for run in runs {
            if self.done {
                break;
            }
            let mut run = run.clone();
            match &mut run.piece {
                Piece::Text(text) => *text = self.text(text),
                _ if self.room == 0 => {
                    self.done = true;
                    run = Run::text(MORE, Marks::NONE, None);
                }
                _ => self.room -= 1,
            }
            kept.push(run);
        }
        if self.done { settle(kept).0 } else { kept }
    }

    fn text(&mut self, text: &str) -> String {
        let long = text.chars().count();
        if long <= self.room {
            self.room -= long;
            return text.to_owned();
        }
        self.done = true;
        let kept: String = text.chars().take(self.room).collect();
        format!("{}{MORE}", kept.trim_end())
    }
}

/// How many characters, pictures and line ends there are.
fn size(blocks: &[Block]) -> usize {
    let of_runs = |runs: &[Run]| -> usize {
        let of_piece = |run: &Run| match &run.piece {
            Piece::Text(text) => text.chars().count(),
            _ => 1,
        };
        runs.iter().map(of_piece).sum()
    };
    let of_block = |block: &Block| match block {
        Block::Paragraph(text) | Block::Heading { text, .. } => of_runs(text),
        Block::Quote(inner) => size(inner),
        Block::List { entries, .. } => entries.iter().map(|entry| size(entry)).sum(),
        Block::Code { text, .. } => text.chars().count(),
        Block::Table(rows) => rows.iter().flatten().map(|cell| of_runs(cell)).sum(),
        Block::Rule => 0,
    };
    blocks.iter().map(of_block).sum()
}
