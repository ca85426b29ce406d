//! Which delimiters say how a line's runs look.
//!
//! CommonMark reads a delimiter by what stands beside it and by the lengths of the others, so marks that cross within
//! a word can be read as something else. What is chosen here was read first as CommonMark reads it.

use std::ops::Range;

use super::document::{Marks, Piece, Run};

/// How many choices of delimiters are tried for one stretch of marked runs.
const CHOICES: u32 = 64;
/// How many runs a stretch may have for more than one choice to be tried.
const LONGEST: usize = 100;

/// A delimiter, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delimiter {
    /// The run that it stands before.
    pub at: usize,
    /// Whether a mark begins here; otherwise one ends.
    pub opens: bool,
    mark: Marks,
    /// Which of the stretch's marks it is, in the order in which they begin.
    span: usize,
    /// Whether it is written with the other character.
    other: bool,
}

impl Delimiter {
    /// As it is written.
    pub(super) fn text(&self) -> &'static str {
        match (self.mark, self.other) {
            (Marks::STRONG, false) => "**",
            (Marks::STRONG, true) => "__",
            (Marks::EMPHASIS, false) => "*",
            (Marks::EMPHASIS, true) => "_",
            _ => "~~",
        }
    }
}

/// What stands beside a delimiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touch {
    Blank,
    Letter,
    /// ASCII punctuation: punctuation to every reader.
    Punctuation,
    /// Punctuation to some readers.
    Other,
}

/// What a character is to a delimiter beside it.
pub(super) fn touch(char: char) -> Touch {
    match char {
        char if char.is_whitespace() => Touch::Blank,
        char if char.is_ascii_punctuation() => Touch::Punctuation,
        char if char.is_alphanumeric() => Touch::Letter,
        _ => Touch::Other,
    }
}

/// The delimiters of a line, in the order of writing; those that end marks before those that begin some.
pub(super) fn delimiters(line: &[Run]) -> Vec<Delimiter> {
    let mut all = Vec::new();
    for stretch in stretches(line) {
        all.extend(choose(line, &stretch).unwrap_or_else(|| begin_and_end(line, &stretch)));
    }
    all
}

/// Takes marks off where no delimiters say all of them; whether it did.
pub(super) fn simplify(line: &mut [Run]) -> bool {
    let mut simplified = false;
    for stretch in stretches(line).collect::<Vec<_>>() {
        if choose(line, &stretch).is_none() {
            simplified |= line.get_mut(stretch).is_some_and(take_off);
        }
    }
    simplified
}

/// To be bold matters more than to be slanted, and to be struck through more than both.
fn take_off(stretch: &mut [Run]) -> bool {
    let slanted = Marks::EMPHASIS.with(Marks::STRONG);
    let steps = [
        (Marks::STRONG, Marks::EMPHASIS),
        (Marks::STRIKE, slanted),
        (Marks::DELIMITED, Marks::EMPHASIS),
        (Marks::DELIMITED, Marks::STRONG),
    ];
    for (beside, off) in steps {
        let mut taken = false;
        for run in stretch.iter_mut() {
            if run.marks.any(beside) && run.marks.any(off) {
                run.marks = run.marks.without(off);
                taken = true;
            }
        }
        if taken {
            return true;
        }
    }
    false
}

/// The stretches of runs that are marked and lead to the same place.
fn stretches(line: &[Run]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let is_marked = |run: &&Run| run.marks.any(Marks::DELIMITED);
        let start = at + line.iter().skip(at).position(|run| is_marked(&run))?;
        let link = &line.get(start)?.link;
        let same = |run: &&Run| is_marked(run) && run.link == *link;
        at = start + line.iter().skip(start).take_while(same).count();
        Some(start..at)
    })
}

/// The first choice of delimiters that is read back as it was meant.
fn choose(line: &[Run], stretch: &Range<usize>) -> Option<Vec<Delimiter>> {
    let mut delimiters = begin_and_end(line, stretch);
    let runs = line.get(stretch.clone()).unwrap_or_default();
    let kinds = runs.iter().fold(Marks::NONE, |all, run| all.with(run.marks));
    let kinds = [Marks::STRONG, Marks::EMPHASIS, Marks::STRIKE]
        .iter()
        .filter(|kind| kinds.any(**kind))
        .count();
    if runs.len() == 1 || kinds == 1 {
        return Some(delimiters);
    }
    let spans = delimiters.iter().filter(|delimiter| delimiter.opens).count();
    let reading = Reading { line, stretch };
    let choices = match u32::try_from(spans)
        .ok()
        .and_then(|spans| 1_u32.checked_shl(spans))
    {
        _ if runs.len() > LONGEST => 1,
        Some(all) => all.min(CHOICES),
        None => CHOICES,
    };
    for choice in 0..choices {
        for delimiter in &mut delimiters {
            delimiter.other = choice >> (delimiter.span % 6) & 1 == 1;
        }
        if [Touch::Letter, Touch::Punctuation]
            .iter()
            .all(|other| reading.is_as_meant(&delimiters, *other))
        {
            return Some(delimiters);
        }
    }
    None
}

/// Ends the marks that the next run has not, and begins those that it has: the one that lasts longest first.
fn begin_and_end(line: &[Run], stretch: &Range<usize>) -> Vec<Delimiter> {
    let mut delimiters = Vec::new();
    let mut open: Vec<(Marks, usize)> = Vec::new();
    let mut spans = 0;
    for at in stretch.start..=stretch.end {
        let rest = line.get(at..stretch.end).unwrap_or_default();
        let wanted = rest.first().map_or(Marks::NONE, |run| run.marks);
        let stays = open.iter().take_while(|(mark, _)| wanted.any(*mark)).count();
        let delimiter = |opens, (mark, span)| Delimiter {
            at,
            opens,
            mark,
            span,
            other: false,
        };
        delimiters.extend(open.drain(stays..).rev().map(|ended| delimiter(false, ended)));
        let mut starting: Vec<(usize, Marks)> = Vec::new();
        for mark in [Marks::STRIKE, Marks::EMPHASIS, Marks::STRONG] {
            if wanted.any(mark) && !open.iter().any(|(open, _)| *open == mark) {
                let lasts = rest.iter().take_while(|run| run.marks.any(mark)).count();
                starting.push((lasts, mark));
            }
        }
        starting.sort_by_key(|(lasts, _)| std::cmp::Reverse(*lasts));
        for (_, mark) in starting {
            open.push((mark, spans));
            delimiters.push(delimiter(true, (mark, spans)));
            spans += 1;
        }
    }
    delimiters
}

/// Reads delimiters as CommonMark does.
struct Reading<'a> {
    line: &'a [Run],
    stretch: &'a Range<usize>,
}

/// Delimiters of one character beside each other.
struct Token {
    at: usize,
    char: u8,
    length: usize,
    /// How many of them are still to be matched.
    left: usize,
    opens: bool,
    closes: bool,
}

impl Token {
    /// Whether this one's mark may end with the other; the rule of three keeps `*` and `**` within a word apart.
    fn matches(&self, end: &Self) -> bool {
        let either_both = self.opens && self.closes || end.opens && end.closes;
        let in_threes = (self.length + end.length).is_multiple_of(3) && !end.length.is_multiple_of(3);
        self.char == end.char
            && !(either_both && in_threes)
            && (end.char != b'~' || self.length == end.length)
    }
}

impl Reading<'_> {
    /// Whether every run is read back with the marks it has.
    fn is_as_meant(&self, delimiters: &[Delimiter], other: Touch) -> bool {
        let mut marks = vec![Marks::NONE; self.stretch.len()];
        let mut open: Vec<Token> = Vec::new();
        for mut end in self.tokens(delimiters, other) {
            while end.closes && end.left > 0 {
                let Some(found) = open.iter().rposition(|start| start.matches(&end)) else {
                    break;
                };
                let is_innermost = found + 1 == open.len();
                let Some(start) = open.get_mut(found).filter(|_| is_innermost) else {
                    return false;
                };
                let matched = start.left.min(end.left);
                let mark = match (end.char, matched) {
                    (b'~', _) => Marks::STRIKE,
                    (_, 1) => Marks::EMPHASIS,
                    (_, 2) => Marks::STRONG,
                    (_, 3) => Marks::STRONG.with(Marks::EMPHASIS),
                    _ => return false,
                };
                for run in start.at..end.at {
                    if let Some(marks) = marks.get_mut(run - self.stretch.start) {
                        *marks = marks.with(mark);
                    }
                }
                start.left -= matched;
                end.left -= matched;
                if start.left == 0 {
                    open.pop();
                }
            }
            if end.left > 0 && !end.opens {
                return false;
            }
            if end.left > 0 {
                open.push(end);
            }
        }
        let runs = self.line.get(self.stretch.clone()).unwrap_or_default();
        let meant = runs.iter().map(|run| run.marks.only(Marks::DELIMITED));
        open.is_empty() && meant.eq(marks)
    }

    fn tokens(&self, delimiters: &[Delimiter], other: Touch) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::with_capacity(delimiters.len());
        for delimiter in delimiters {
            let text = delimiter.text();
            let char = text.bytes().next().unwrap_or_default();
            match tokens.last_mut() {
                Some(last) if last.at == delimiter.at && last.char == char => last.length += text.len(),
                _ => tokens.push(Token {
                    at: delimiter.at,
                    char,
                    length: text.len(),
                    left: 0,
                    opens: false,
                    closes: false,
                }),
            }
        }
        let places: Vec<usize> = tokens.iter().map(|token| token.at).collect();
        let at = |index: Option<usize>| index.and_then(|index| places.get(index)).copied();
        for (index, token) in tokens.iter_mut().enumerate() {
            let before = match at(index.checked_sub(1)) == Some(token.at) {
                true => Touch::Punctuation,
                false => self.touch_before(token.at, other),
            };
            let after = match at(Some(index + 1)) == Some(token.at) {
                true => Touch::Punctuation,
                false => self.touch_after(token.at, other),
            };
            (token.opens, token.closes) = flanks(token.char, before, after);
            token.left = token.length;
        }
        tokens
    }

    fn touch_before(&self, at: usize, other: Touch) -> Touch {
        let run = at.checked_sub(1).and_then(|before| self.line.get(before));
        self.touch(run, at == self.stretch.start, other, |text| {
            text.chars().next_back()
        })
    }

    fn touch_after(&self, at: usize, other: Touch) -> Touch {
        let run = self.line.get(at);
        self.touch(run, at == self.stretch.end, other, |text| text.chars().next())
    }

    fn touch(
        &self,
        run: Option<&Run>,
        is_outside: bool,
        other: Touch,
        edge: impl Fn(&str) -> Option<char>,
    ) -> Touch {
        let link = self.line.get(self.stretch.start).map(|run| &run.link);
        let Some(run) = run else {
            // Within a link the line does not end: a bracket does.
            let is_linked = link.is_some_and(Option::is_some);
            return if is_linked {
                Touch::Punctuation
            } else {
                Touch::Blank
            };
        };
        let touched = match &run.piece {
            _ if is_outside && Some(&run.link) != link => Touch::Punctuation,
            Piece::Break => Touch::Blank,
            Piece::Image { .. } => Touch::Punctuation,
            Piece::Text(_) if run.marks.any(Marks::CODE) => Touch::Punctuation,
            Piece::Text(text) => edge(text).map_or(Touch::Blank, touch),
        };
        if touched == Touch::Other { other } else { touched }
    }
}

/// Whether delimiters between these can begin a mark, and whether they can end one.
fn flanks(char: u8, before: Touch, after: Touch) -> (bool, bool) {
    let left = after != Touch::Blank && (after == Touch::Letter || before != Touch::Letter);
    let right = before != Touch::Blank && (before == Touch::Letter || after != Touch::Letter);
    match char {
        b'_' => (
            left && (!right || before == Touch::Punctuation),
            right && (!left || after == Touch::Punctuation),
        ),
        _ => (left, right),
    }
}
