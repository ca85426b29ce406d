//! Writes running text, so that every character is read back as what it is.

use std::{iter::Peekable, vec};

use super::longest_run;
use crate::rich::{
    delimiters::{Delimiter, delimiters},
    document::{Marks, Piece, Run},
};

/// Running text that is being written.
pub(super) struct Line<'a> {
    out: &'a mut String,
    /// What a new line begins with.
    pub prefix: &'a str,
    /// Whether a bar would end a cell.
    pub in_cell: bool,
    /// Whether the text follows hashes.
    pub in_heading: bool,
    /// Whether the text begins an entry of a list, where it may begin with a box to tick.
    pub starts_entry: bool,
    /// Whether a line that begins with a bullet follows.
    pub before_bullet: bool,
    at_start: bool,
    has_breaks: bool,
    delimiters: Peekable<vec::IntoIter<Delimiter>>,
}

impl<'a> Line<'a> {
    /// Text that begins at the end of `out`.
    pub(super) fn new(out: &'a mut String) -> Self {
        Self {
            out,
            prefix: "",
            in_cell: false,
            in_heading: false,
            starts_entry: false,
            before_bullet: false,
            at_start: true,
            has_breaks: false,
            delimiters: Vec::new().into_iter().peekable(),
        }
    }

    /// Writes the runs.
    pub(super) fn write(&mut self, runs: &[Run]) {
        self.at_start = !self.in_cell && !self.in_heading;
        self.has_breaks = runs.iter().any(|run| run.piece == Piece::Break);
        self.delimiters = delimiters(runs).into_iter().peekable();
        let mut start = 0;
        while let Some(first) = runs.get(start) {
            let (_, rest) = runs.split_at(start);
            let same = rest.iter().take_while(|run| run.link == first.link).count();
            let (scope, after) = rest.split_at(same);
            match &first.link {
                None => self.scope(scope, start, after.is_empty()),
                Some(target) => self.link(target, scope, start),
            }
            start += same;
        }
    }

    fn link(&mut self, target: &str, scope: &[Run], start: usize) {
        if let [run] = scope
            && let Piece::Text(text) = &run.piece
            && run.marks.is_none()
            && text == target
            && is_written_bare(target)
        {
            self.out.push_str(&format!("<{target}>"));
        } else {
            self.out.push('[');
            self.at_start = false;
            self.scope(scope, start, false);
            self.out.push_str("](");
            self.address(target);
            self.out.push(')');
        }
        self.at_start = false;
    }

    /// Writes runs that lead to the same place, the first of them at `start`.
    fn scope(&mut self, scope: &[Run], start: usize, last: bool) {
        for (at, run) in scope.iter().enumerate() {
            self.delimit(start + at, true);
            let next = scope.get(at + 1);
            let is_last = next.map_or(last, |next| next.piece == Piece::Break);
            match &run.piece {
                Piece::Text(text) if run.marks.any(Marks::CODE) => self.code(text),
                Piece::Text(text) => self.text(text, is_last),
                Piece::Image { source, alt } => self.image(source, alt),
                Piece::Break => {
                    self.out.push_str("\\\n");
                    self.out.push_str(self.prefix);
                    self.at_start = true;
                    continue;
                }
            }
            self.at_start = false;
        }
        // What begins with the next run begins after the bracket of its link.
        self.delimit(start + scope.len(), false);
    }

    /// Writes the delimiters that stand before a run.
    fn delimit(&mut self, at: usize, open: bool) {
        while let Some(delimiter) = self
            .delimiters
            .next_if(|next| next.at == at && (open || !next.opens))
        {
            self.out.push_str(delimiter.text());
            self.at_start = false;
        }
    }

    fn code(&mut self, text: &str) {
        let fence = "`".repeat(longest_run(text, '`') + 1);
        let pad = if text.starts_with('`') || text.ends_with('`') {
            " "
        } else {
            ""
        };
        self.out.push_str(&fence);
        self.out.push_str(pad);
        for char in text.chars() {
            if char == '|' && self.in_cell {
                self.out.push('\\');
            }
            self.out.push(char);
        }
        self.out.push_str(pad);
        self.out.push_str(&fence);
    }

    fn image(&mut self, source: &str, alt: &str) {
        self.out.push_str("![");
        self.at_start = false;
        self.text(alt, false);
        self.out.push_str("](");
        self.address(source);
        self.out.push(')');
    }

    fn address(&mut self, address: &str) {
        let angled = address.is_empty() || address.contains(['(', ')']);
        if angled {
            self.out.push('<');
        }
        for (at, char) in address.char_indices() {
            let is_entity = char == '&' && starts_entity(address.get(at..).unwrap_or_default());
            if is_entity || (char == '|' && self.in_cell) {
                self.out.push('\\');
            }
            self.out.push(char);
        }
        if angled {
            self.out.push('>');
        }
    }

    fn text(&mut self, text: &str, last: bool) {
        let mut before = None;
        let mut rest = text.chars();
        if self.at_start {
            rest = self.line_start(text, last).chars();
            before = text
                .strip_suffix(rest.as_str())
                .and_then(|written| written.chars().next_back());
        }
        while let Some(char) = rest.next() {
            let next = rest.clone().next();
            if self.is_special(char, before, next, rest.as_str(), last) {
                self.out.push('\\');
            }
            self.out.push(char);
            before = Some(char);
        }
    }

    fn is_special(
        &self,
        char: char,
        before: Option<char>,
        next: Option<char>,
        rest: &str,
        last: bool,
    ) -> bool {
        let letter = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
        match char {
            '*' | '`' | '[' | ']' | '~' => true,
            '_' => !(letter(before) && letter(next)),
            '|' => self.in_cell || self.has_breaks || self.before_bullet,
            '\\' => next.is_none_or(|next| next.is_ascii_punctuation()),
            '<' => next.map_or(!last, |next| next.is_ascii_alphabetic() || "/!?".contains(next)),
            '!' => next.is_none() && !last,
            '&' => is_entity_tail(rest) || (next.is_none() && !last),
            _ => false,
        }
    }

    /// Writes what would begin a block if it stood bare at the start of a line; returns the rest of the text.
    fn line_start<'t>(&mut self, text: &'t str, last: bool) -> &'t str {
        if std::mem::take(&mut self.starts_entry)
            && let Some(rest) = ["[ ] ", "[x] ", "[X] "]
                .iter()
                .find_map(|tick| text.strip_prefix(tick))
        {
            self.out.push_str(text.strip_suffix(rest).unwrap_or_default());
            return rest;
        }
        let first = text.chars().next();
        let blank = |rest: &str| rest.chars().next().is_none_or(char::is_whitespace);
        let hashes = text.len() - text.trim_start_matches('#').len();
        let begins = match first {
            Some('>' | '=') => true,
            Some('#') => hashes < 7 && blank(text.get(hashes..).unwrap_or_default()),
            Some('-') => text
                .get(1..)
                .is_some_and(|rest| blank(rest) || rest.starts_with('-') || self.has_breaks),
            Some('+') => text.get(1..).is_some_and(blank),
            Some(':') => self.has_breaks,
            Some(digit) if digit.is_ascii_digit() => return self.number_start(text, last),
            _ => false,
        };
        match first {
            Some(char) if begins => {
                self.out.push('\\');
                self.out.push(char);
                text.get(char.len_utf8()..).unwrap_or_default()
            }
            _ => text,
        }
    }

    fn number_start<'t>(&mut self, text: &'t str, _last: bool) -> &'t str {
        let digits = text.len() - text.trim_start_matches(|char: char| char.is_ascii_digit()).len();
        let (number, rest) = text.split_at(digits);
        if digits < 10
            && let Some(after) = rest.strip_prefix(['.', ')'])
            && after.chars().next().is_none_or(char::is_whitespace)
        {
            self.out.push_str(number);
            self.out.push('\\');
            return rest;
        }
        text
    }
}

/// Whether an address says in angle brackets both where it leads and what is seen.
fn is_written_bare(address: &str) -> bool {
    let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    (2..=32).contains(&scheme.len())
        && is_scheme(scheme)
        && !address.contains(['|', '\\', '<', '>'])
        && !has_entity(address)
}

/// Whether an `&` before it would be read as a character's name.
fn is_entity_tail(rest: &str) -> bool {
    let name = rest.strip_prefix('#').unwrap_or(rest);
    let length = name
        .bytes()
        .take(40)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    length > 0 && name.as_bytes().get(length) == Some(&b';')
}

fn starts_entity(text: &str) -> bool {
    text.strip_prefix('&').is_some_and(is_entity_tail)
}

fn has_entity(text: &str) -> bool {
    text.match_indices('&')
        .any(|(at, _)| text.get(at..).is_some_and(starts_entity))
}
