//! Grows a document from what a reader meets, however badly it is nested.

use std::{mem, rc::Rc};

use super::{
    ImageAddress, ImageInstead, Loss, Lost,
    document::{Block, Document, Marks, Piece, Run},
    frame::{Container, Frame, Kind},
    from_html::{ImageUse, chosen_place, image_address, image_use},
    images::Images,
    runs::{fold, join_lines, settle},
    table::{Cell, Row, Table},
};

/// How deep containers are kept apart; everything below lies in the deepest.
const DEEPEST: usize = 48;

/// Takes text and structure in the order of reading.
pub(super) struct Builder<'r> {
    frames: Vec<Frame>,
    /// How many of the containers cannot be ended now.
    floor: usize,
    /// Containers that were opened below the deepest and not closed yet.
    beyond: usize,
    runs: Vec<Run>,
    marks: Marks,
    link: Option<Rc<str>>,
    heading: Option<u8>,
    code: Option<(String, String)>,
    lost: Vec<Lost>,
    images: Images<'r>,
}

impl<'r> Builder<'r> {
    /// An empty document.
    pub(super) fn new(images: Images<'r>) -> Self {
        Self {
            frames: vec![Frame {
                kind: Kind::Root,
                blocks: Vec::new(),
            }],
            floor: 0,
            beyond: 0,
            runs: Vec::new(),
            marks: Marks::NONE,
            link: None,
            heading: None,
            code: None,
            lost: Vec::new(),
            images,
        }
    }

    /// Notes that something was left out.
    pub(super) fn lose(&mut self, what: Loss) {
        match self.lost.iter_mut().find(|lost| lost.what == what) {
            Some(lost) => lost.times += 1,
            None => self.lost.push(Lost { what, times: 1 }),
        }
    }

    /// How the text that follows looks.
    pub(super) fn look(&mut self, marks: Marks, link: Option<Rc<str>>) {
        self.marks = marks;
        self.link = link;
    }

    /// Text; blanks that follow each other are one.
    pub(super) fn text(&mut self, text: &str) {
        if let Some((_, code)) = &mut self.code {
            code.extend(
                text.chars()
                    .filter(|char| !char.is_control() || matches!(char, '\n' | '\t')),
            );
            return;
        }
        let mut after_blank = self.is_after_blank();
        let Some(target) = self.target() else {
            return;
        };
        for char in text.chars() {
            let blank = matches!(char, ' ' | '\t'..='\r' | '\u{85}' | '\u{a0}');
            if !blank && !char.is_control() {
                target.push(char);
                after_blank = false;
            } else if blank && !after_blank {
                target.push(' ');
                after_blank = true;
            }
        }
    }

    fn is_after_blank(&self) -> bool {
        let last = self
            .runs
            .iter()
            .rev()
            .find(|run| !matches!(&run.piece, Piece::Text(text) if text.is_empty()));
        match last.map(|run| &run.piece) {
            Some(Piece::Text(text)) => text.ends_with(' '),
            Some(Piece::Image { .. }) => false,
            Some(Piece::Break) | None => true,
        }
    }

    fn target(&mut self) -> Option<&mut String> {
        let fits = self.runs.last().is_some_and(|run| {
            matches!(run.piece, Piece::Text(_)) && run.looks_like(self.marks, self.link.as_ref())
        });
        if !fits {
            self.runs.push(Run::text("", self.marks, self.link.clone()));
        }
        match self.runs.last_mut().map(|run| &mut run.piece) {
            Some(Piece::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The end of a line within a paragraph.
    pub(super) fn line_break(&mut self) {
        match &mut self.code {
            Some((_, code)) => code.push('\n'),
            None => self.runs.push(Run::line_break()),
        }
    }

    /// A picture, or what stands for it.
    pub(super) fn image(&mut self, source: &str, alt: &str) {
        if let Images::Replaced(instead) = &self.images
            && let Some(instead) = instead.get(&image_address(source)).cloned()
        {
            return match instead {
                ImageInstead::Address(address) => self.show(chosen_place(&address), alt),
                ImageInstead::Text(words) => self.text(&words),
            };
        }
        let (address, lost) = match image_use(source) {
            ImageUse::Show(address) => (address, None),
            ImageUse::Inline(address) => (address, Some(Loss::InlineImage)),
            ImageUse::Nowhere => {
                self.lose(Loss::Image);
                return self.text(alt);
            }
        };
        match &mut self.images {
            Images::Shown | Images::Replaced(_) => {}
            Images::Listed(listed) => listed.push(ImageAddress {
                address: address.to_string(),
                alt: fold(alt),
            }),
        }
        match lost {
            Some(lost) => {
                self.lose(lost);
                self.text(alt);
            }
            None => self.show(ImageUse::Show(address), alt),
        }
    }

    fn show(&mut self, image: ImageUse, alt: &str) {
        match image {
            ImageUse::Show(source) if self.code.is_none() => self.runs.push(Run {
                piece: Piece::Image {
                    source,
                    alt: fold(alt),
                },
                marks: Marks::NONE,
                link: self.link.clone(),
            }),
            _ => self.text(alt),
        }
    }

    /// Begins text that is kept as it is typed.
    pub(super) fn open_code(&mut self, language: &str) {
        if self.code.is_none() {
            self.end_paragraph();
            self.code = Some((language.to_owned(), String::new()));
        }
    }

    /// Names the language of the text that is kept as it is typed, if it has no name yet.
    pub(super) fn name_code(&mut self, name: &str) {
        if let Some((language, _)) = &mut self.code
            && language.is_empty()
        {
            name.clone_into(language);
        }
    }

    /// Whether text is kept as it is typed.
    pub(super) const fn is_in_code(&self) -> bool {
        self.code.is_some()
    }

    /// Ends text that is kept as it is typed.
    pub(super) fn close_code(&mut self) {
        let Some((language, text)) = self.code.take() else {
            return;
        };
        let text = text.trim_start_matches('\n').trim_end();
        if !text.trim_start().is_empty() {
            let language = language
                .chars()
                .take_while(|char| char.is_ascii_alphanumeric() || "+-#._".contains(*char))
                .collect();
            self.add(Block::Code {
                language,
                text: text.to_owned(),
            });
        }
    }

    /// Ends a paragraph or heading, if one has begun.
    pub(super) fn end_paragraph(&mut self) {
        if self.runs.is_empty() {
            return;
        }
        let (runs, lost) = settle(mem::take(&mut self.runs));
        if lost {
            self.lose(Loss::Look);
        }
        if let Some(level) = self.heading {
            let text = self.on_one_line(runs);
            if !text.is_empty() {
                self.add(Block::Heading { level, text });
            }
            return;
        }
        let mut paragraph = Vec::new();
        let mut breaks = 0;
        for run in runs {
            if run.piece == Piece::Break {
                breaks += 1;
                continue;
            }
            if breaks > 1 && !paragraph.is_empty() {
                self.add(Block::Paragraph(mem::take(&mut paragraph)));
            } else if breaks == 1 && !paragraph.is_empty() {
                paragraph.push(Run::line_break());
            }
            breaks = 0;
            paragraph.push(run);
        }
        if !paragraph.is_empty() {
            self.add(Block::Paragraph(paragraph));
        }
    }

    fn on_one_line(&mut self, runs: Vec<Run>) -> Vec<Run> {
        let end = runs.iter().rposition(|run| run.piece != Piece::Break);
        let start = runs.iter().position(|run| run.piece != Piece::Break);
        let (Some(start), Some(end)) = (start, end) else {
            return Vec::new();
        };
        if !runs.iter().any(|run| run.piece == Piece::Break) {
            return runs;
        }
        if runs
            .iter()
            .take(end)
            .skip(start)
            .any(|run| run.piece == Piece::Break)
        {
            self.lose(Loss::LineBreak);
        }
        join_lines(runs.into_iter().take(end + 1).skip(start))
    }

    /// The paragraphs that follow are titles of this level, or plain again.
    pub(super) fn set_heading(&mut self, level: Option<u8>) {
        self.end_paragraph();
        self.heading = level;
    }

    /// A line from edge to edge.
    pub(super) fn rule(&mut self) {
        self.end_paragraph();
        self.add(Block::Rule);
    }

    /// Begins a quote.
    pub(super) fn open_quote(&mut self) {
        self.open(Kind::Quote);
    }

    /// Begins a list.
    pub(super) fn open_list(&mut self, first: Option<u32>) {
        let entries = Vec::new();
        self.open(Kind::List { first, entries });
    }

    /// Begins an entry; ends the one before it, and makes a list for it if there is none.
    pub(super) fn open_entry(&mut self) {
        self.end_paragraph();
        if let Some(at) = self.nearest(Container::List) {
            self.close_down_to(at + 1);
        } else if self.frames.len() <= DEEPEST {
            self.open_list(None);
        } else {
            return;
        }
        self.open(Kind::Entry);
    }

    /// The list that begins with this entry is not counted.
    pub(super) fn uncount(&mut self) {
        if let [.., list, _entry] = self.frames.as_mut_slice()
            && let Kind::List { first, entries } = &mut list.kind
            && entries.is_empty()
        {
            *first = None;
        }
    }

    /// Begins a table.
    pub(super) fn open_table(&mut self) {
        for frame in &mut self.frames {
            if let Kind::Table(table) = &mut frame.kind {
                table.holds_table = true;
            }
        }
        self.open(Kind::Table(Table::default()));
    }

    /// Begins a row; outside of a table it is only the end of a paragraph.
    pub(super) fn open_row(&mut self) {
        self.end_paragraph();
        if let Some(at) = self.nearest_table() {
            self.close_down_to(at + 1);
            self.open(Kind::Row(Row::default()));
        }
    }

    /// Begins a cell; outside of a table it is only the end of a paragraph.
    pub(super) fn open_cell(&mut self, head: bool, span: usize, merged: bool) {
        self.end_paragraph();
        let Some(table) = self.nearest_table() else {
            return;
        };
        if merged {
            self.lose(Loss::MergedCells);
        }
        let is_row = |frame: &Frame| matches!(frame.kind, Kind::Row(_));
        if self.frames.get(table + 1).is_some_and(is_row) {
            self.close_down_to(table + 2);
        } else {
            self.open_row();
        }
        self.open(Kind::Cell { head, span });
    }

    fn open(&mut self, kind: Kind) {
        self.end_paragraph();
        // Rows, cells and entries belong to a table or list that was let in.
        let counts = matches!(kind, Kind::Quote | Kind::List { .. } | Kind::Table(_));
        if counts && self.frames.len() > DEEPEST {
            self.beyond += 1;
            return self.lose(Loss::Depth);
        }
        let blocks = Vec::new();
        self.heading = None;
        self.frames.push(Frame { kind, blocks });
    }

    /// Ends the innermost container of that kind, and what is open within it.
    pub(super) fn close(&mut self, container: Container) {
        self.end_paragraph();
        let counts = matches!(container, Container::Quote | Container::List | Container::Table);
        if counts && self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        if let Some(at) = self.nearest(container) {
            self.close_down_to(at);
        }
    }

    /// The place of the innermost container of that kind within the cell, or quote, that we are in.
    fn nearest(&self, wanted: Container) -> Option<usize> {
        let of_table = matches!(wanted, Container::Table | Container::Row | Container::Cell);
        for (at, frame) in self.frames.iter().enumerate().rev() {
            let container = frame.kind.container().filter(|_| at >= self.floor)?;
            if container == wanted {
                return Some(at);
            }
            let wall = match container {
                Container::Cell => !of_table,
                Container::Quote => matches!(wanted, Container::List | Container::Entry),
                Container::Table => true,
                _ => false,
            };
            if wall {
                return None;
            }
        }
        None
    }

    /// Lets something be read that can neither end what is open now nor leave anything open.
    pub(super) fn within(&mut self, read: impl FnOnce(&mut Self)) {
        let (floor, beyond) = (self.floor, self.beyond);
        (self.floor, self.beyond) = (self.frames.len(), 0);
        read(self);
        self.close_code();
        self.close_down_to(self.floor);
        (self.floor, self.beyond) = (floor, beyond);
    }

    fn nearest_table(&self) -> Option<usize> {
        if self.beyond > 0 {
            return None;
        }
        self.nearest(Container::Table)
    }

    fn close_down_to(&mut self, depth: usize) {
        while self.frames.len() > depth.max(1) {
            self.close_last();
        }
    }

    fn close_last(&mut self) {
        self.end_paragraph();
        let Some(Frame { kind, blocks }) = self.frames.pop() else {
            return;
        };
        self.heading = None;
        match kind {
            Kind::Root => {}
            Kind::Quote if blocks.is_empty() => {}
            Kind::Quote => self.add(Block::Quote(blocks)),
            Kind::List { entries, .. } if entries.is_empty() => {}
            Kind::List { first, entries } => self.add(Block::List { first, entries }),
            Kind::Entry => self.add_entry(blocks),
            Kind::Cell { head, span } => self.add_cell(Cell { blocks, head, span }),
            Kind::Row(row) => self.add_row(row, blocks),
            Kind::Table(table) => {
                blocks.into_iter().for_each(|block| self.add(block));
                let (blocks, broken) = table.into_blocks();
                if broken {
                    self.lose(Loss::LineBreak);
                }
                blocks.into_iter().for_each(|block| self.add(block));
            }
        }
    }

    fn add_entry(&mut self, blocks: Vec<Block>) {
        if blocks.is_empty() {
            return;
        }
        if let Some(Kind::List { entries, .. }) = self.frames.last_mut().map(|frame| &mut frame.kind) {
            entries.push(blocks);
        }
    }

    fn add_cell(&mut self, cell: Cell) {
        if let Some(Kind::Row(row)) = self.frames.last_mut().map(|frame| &mut frame.kind) {
            row.cells.push(cell);
        }
    }

    /// What stands in a row and in no cell goes before the table, as in a browser.
    fn add_row(&mut self, row: Row, strays: Vec<Block>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.blocks.extend(strays);
            if let Kind::Table(table) = &mut frame.kind {
                table.rows.push(row);
            }
        }
    }

    fn add(&mut self, block: Block) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        match &mut frame.kind {
            // Mail programs put lists, and text, straight into a list.
            Kind::List { entries, .. } => match entries.last_mut() {
                Some(entry) => entry.push(block),
                None => entries.push(vec![block]),
            },
            _ => frame.blocks.push(block),
        }
    }

    /// The document and what it lacks.
    pub(super) fn finish(mut self) -> (Document, Vec<Lost>) {
        self.close_code();
        self.end_paragraph();
        self.close_down_to(1);
        let blocks = self.frames.pop().map_or_else(Vec::new, |root| root.blocks);
        (Document { blocks }, self.lost)
    }
}
