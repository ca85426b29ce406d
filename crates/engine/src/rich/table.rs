//! Tells a table that shows rows from one that only arranges a page, which most mail is full of.

use super::{
    document::{Block, Piece, Run},
    runs::join_lines,
};

/// A table as it was met.
#[derive(Default)]
pub(super) struct Table {
    /// Its rows.
    pub rows: Vec<Row>,
    /// Whether another table stands within it.
    pub holds_table: bool,
}

/// A row as it was met.
#[derive(Default)]
pub(super) struct Row {
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// A cell as it was met.
pub(super) struct Cell {
    /// What stands in it.
    pub blocks: Vec<Block>,
    /// Whether it names its column or row.
    pub head: bool,
    /// How many columns it takes.
    pub span: usize,
}

impl Table {
    /// A table block, or the cells' blocks one after the other, and whether a line break was given up.
    pub(super) fn into_blocks(mut self) -> (Vec<Block>, bool) {
        self.rows
            .retain(|row| row.cells.iter().any(|cell| !cell.blocks.is_empty()));
        let columns = self.rows.iter().map(Row::width).max().unwrap_or_default();
        if !self.shows_rows() || self.is_sparse(columns) {
            let cells = self.rows.into_iter().flat_map(|row| row.cells);
            return (cells.flat_map(|cell| cell.blocks).collect(), false);
        }
        let mut broken = false;
        let mut rows = Vec::with_capacity(self.rows.len());
        for row in self.rows {
            let mut texts = Vec::with_capacity(columns);
            for cell in row.cells {
                texts.push(one_line(cell.blocks, &mut broken));
                let spanned = texts.len() + cell.span.saturating_sub(1);
                texts.resize(spanned, Vec::new());
            }
            texts.resize(columns, Vec::new());
            rows.push(texts);
        }
        (vec![Block::Table(rows)], broken)
    }

    /// Whether filling up its rows would make far more cells than there are.
    fn is_sparse(&self, columns: usize) -> bool {
        let cells: usize = self.rows.iter().map(|row| row.cells.len()).sum();
        columns.saturating_mul(self.rows.len()) > 4 * cells + 1000
    }

    fn shows_rows(&self) -> bool {
        let cells = || self.rows.iter().flat_map(|row| &row.cells);
        let headed = cells().any(|cell| cell.head);
        let wide = self.rows.len() > 1 && self.rows.iter().any(|row| row.cells.len() > 1);
        let is_text = |block: &Block| matches!(block, Block::Paragraph(_));
        (headed || wide) && !self.holds_table && cells().all(|cell| cell.blocks.iter().all(is_text))
    }
}

impl Row {
    fn width(&self) -> usize {
        self.cells.iter().map(|cell| cell.span.max(1)).sum()
    }
}

fn one_line(blocks: Vec<Block>, broken: &mut bool) -> Vec<Run> {
    let mut line = Vec::new();
    for block in blocks {
        let Block::Paragraph(runs) = block else {
            continue;
        };
        if !line.is_empty() {
            line.push(Run::line_break());
        }
        line.extend(runs);
    }
    if line.iter().any(|run| run.piece == Piece::Break) {
        *broken = true;
        line = join_lines(line);
    }
    line
}
