//! Brings the runs of one paragraph into the form that every markup can say.
//!
//! CommonMark's delimiters only count beside certain characters: a mark may not begin or end with a blank, and next
//! to a letter it may not begin or end with punctuation. So blanks and punctuation move out of the mark there: the
//! text stays as it is, and a colon is no longer bold.

use super::{
    delimiters::{Touch, simplify, touch},
    document::{Marks, Piece, Run},
};

/// How often the marks of a line are looked at; a text of people needs two rounds, and one that needs more than these was
/// made to, and loses its marks.
const ROUNDS: usize = 16;

/// Settles blanks and marks; breaks stay where they are. Also tells whether a word lost a mark.
pub(super) fn settle(mut runs: Vec<Run>) -> (Vec<Run>, bool) {
    trim_breaks(&mut runs);
    let marked = marked_letters(&runs);
    unlabel(&mut runs);
    if runs.len() > 1 || runs.iter().any(|run| !run.marks.is_none() || run.link.is_some()) {
        runs = settle_marks(runs);
        trim_breaks(&mut runs);
    }
    let lost = marked > 0 && marked_letters(&runs) < marked;
    (runs, lost)
}

/// Takes marks off where they cannot stand, until all that is left stands.
fn settle_marks(mut runs: Vec<Run>) -> Vec<Run> {
    let marked = |runs: &[Run]| -> usize {
        let weight = |run: &Run| match &run.piece {
            Piece::Text(text) => text.len() * run.marks.count(),
            _ => 0,
        };
        runs.iter().map(weight).sum()
    };
    for round in 0..ROUNDS {
        let before = marked(&runs);
        runs = merge(settle_edges(settle_edges(runs, End::First), End::Last));
        // What was taken off at one edge may have held up another.
        let is_shaken =
            marked(&runs) < before || (round == 0 && again(&runs).iter().any(|marks| !marks.is_none()));
        if !is_shaken && !simplify(&mut runs) {
            return runs;
        }
        runs = merge(runs);
    }
    for run in &mut runs {
        run.marks = run.marks.without(Marks::DELIMITED);
    }
    merge(settle_edges(settle_edges(merge(runs), End::First), End::Last))
}

/// How many letters and digits have a mark, counted once for each.
fn marked_letters(runs: &[Run]) -> usize {
    let letters = |run: &Run| match &run.piece {
        Piece::Text(text) if !run.marks.is_none() => {
            text.chars().filter(|char| char.is_alphanumeric()).count()
        }
        _ => 0,
    };
    runs.iter().map(|run| letters(run) * run.marks.count()).sum()
}

/// A paragraph that begins with `[`]:` …` would be read as the definition of a link, and nobody would see it: a bracket
/// within code cannot be escaped, so there it is text.
fn unlabel(runs: &mut [Run]) {
    let Some(link) = runs.first().map(|run| run.link.clone()).filter(Option::is_some) else {
        return;
    };
    for run in runs.iter_mut().take_while(|run| run.link == link) {
        if matches!(&run.piece, Piece::Text(text) if text.contains("]:")) {
            run.marks = run.marks.without(Marks::CODE);
        }
    }
}

/// Runs that look alike become one.
fn merge(runs: Vec<Run>) -> Vec<Run> {
    let mut merged: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        if let Some(last) = merged.last_mut()
            && last.looks_like(run.marks, run.link.as_ref())
            && let (Piece::Text(text), Piece::Text(more)) = (&mut last.piece, &run.piece)
        {
            text.push_str(more);
        } else {
            merged.push(run);
        }
    }
    merged
}

/// Takes the blanks off both sides of every line.
fn trim_breaks(runs: &mut Vec<Run>) {
    let mut at_start = true;
    for run in runs.iter_mut() {
        if let Piece::Text(text) = &mut run.piece
            && at_start
        {
            let blanks = text.len() - text.trim_start().len();
            text.drain(..blanks);
        }
        at_start = is_blank(run, at_start);
    }
    let mut at_end = true;
    for run in runs.iter_mut().rev() {
        if let Piece::Text(text) = &mut run.piece
            && at_end
        {
            text.truncate(text.trim_end().len());
        }
        at_end = is_blank(run, at_end);
    }
    runs.retain(|run| !matches!(&run.piece, Piece::Text(text) if text.is_empty()));
}

fn is_blank(run: &Run, so_far: bool) -> bool {
    match &run.piece {
        Piece::Text(text) => so_far && text.is_empty(),
        Piece::Image { .. } => false,
        Piece::Break => true,
    }
}

/// One line of several: each break becomes a blank.
pub(super) fn join_lines(runs: impl IntoIterator<Item = Run>) -> Vec<Run> {
    let mut line: Vec<Run> = Vec::new();
    for mut run in runs {
        if run.piece == Piece::Break {
            run = Run::text(" ", Marks::NONE, None);
        }
        if let Some(Run {
            piece: Piece::Text(last),
            marks,
            link,
        }) = line.last_mut()
            && run.looks_like(*marks, link.as_ref())
            && let Piece::Text(more) = &run.piece
        {
            let blank = last.ends_with(' ') && more == " ";
            last.push_str(if blank { "" } else { more });
            continue;
        }
        line.push(run);
    }
    line
}

/// The same words with one blank between two of them.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().filter(|char| !char.is_control()));
    }
    folded
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

/// Takes a mark off the characters at its edge until one stands there that it may begin (or end) with.
fn settle_edges(runs: Vec<Run>, end: End) -> Vec<Run> {
    let mut settled: Vec<Run> = Vec::with_capacity(runs.len() + 4);
    let again = again(&runs);
    let ordered: Box<dyn Iterator<Item = (usize, Run)>> = match end {
        End::First => Box::new(runs.into_iter().enumerate()),
        End::Last => Box::new(runs.into_iter().enumerate().rev()),
    };
    for (at, mut run) in ordered {
        if !run.marks.is_none() || run.link.is_some() {
            let border = match end {
                End::First => at,
                End::Last => at + 1,
            };
            let again = again.get(border).copied().unwrap_or_default();
            settled.extend(split_edge(&mut run, settled.last(), again, end));
        }
        if !matches!(&run.piece, Piece::Text(text) if text.is_empty()) {
            settled.push(run);
        }
    }
    if end == End::Last {
        settled.reverse();
    }
    settled
}

/// The marks that must end before each run and begin again with it, because one that they stand in ends there.
fn again(runs: &[Run]) -> Vec<Marks> {
    let kinds = [Marks::STRONG, Marks::EMPHASIS, Marks::STRIKE];
    let mut since: [Option<usize>; 3] = [None; 3];
    let mut link = None;
    let mut borders = Vec::with_capacity(runs.len());
    for (at, run) in runs.iter().enumerate() {
        if run.link != link {
            since = [None; 3];
            link.clone_from(&run.link);
        }
        let ended = kinds
            .iter()
            .zip(&since)
            .filter(|(kind, _)| !run.marks.any(**kind));
        let first_ended = ended.filter_map(|(_, since)| *since).min();
        let mut border = Marks::NONE;
        for (kind, since) in kinds.iter().zip(&mut since) {
            if !run.marks.any(*kind) {
                *since = None;
            } else if since.is_some_and(|since| first_ended.is_some_and(|ended| ended < since)) {
                border = border.with(*kind);
                *since = Some(at);
            } else if since.is_none() {
                *since = Some(at);
            }
        }
        borders.push(border);
    }
    borders
}

/// Splits off what a mark that starts with the run may not begin with.
fn split_edge(run: &mut Run, before: Option<&Run>, again: Marks, end: End) -> Option<Run> {
    let Piece::Text(text) = &mut run.piece else {
        return None;
    };
    let outer_link = before.and_then(|before| before.link.as_ref());
    let same_link = outer_link == run.link.as_ref();
    let link_starts = !same_link && run.link.is_some();
    let around = match before {
        // Every run of code is written by itself.
        Some(before) if same_link => before.marks.without(again).without(Marks::CODE),
        _ => Marks::NONE,
    };
    let starting = run.marks.without(around);
    if starting.is_none() && !link_starts {
        return None;
    }
    let outer = outer_touch(before, same_link, end);
    let slanted = Marks::STRONG.with(Marks::EMPHASIS);
    if starting.any(Marks::STRIKE) && starting.any(slanted) && is_tight(outer) {
        // The outer delimiter would stand between a letter and the inner one; to be struck through matters more.
        run.marks = run.marks.without(starting.only(slanted));
        return split_edge(run, before, again, end);
    }
    let delimited = starting.any(Marks::DELIMITED);
    if run.marks.any(Marks::CODE) {
        if delimited && is_tight(outer) {
            run.marks = run.marks.without(starting.without(Marks::CODE));
        }
        return split_at(text, edge(text, end, false, outer), end).map(|blank| {
            Run::text(
                blank,
                run.marks.without(starting),
                run.link.clone().filter(|_| !link_starts),
            )
        });
    }
    let split = edge(text, end, delimited, outer);
    let link = run.link.clone().filter(|_| !link_starts);
    split_at(text, split, end).map(|off| Run::text(off, run.marks.without(starting), link))
}

/// How many bytes at the edge cannot stand there.
fn edge(text: &str, end: End, delimited: bool, mut outer: Touch) -> usize {
    let mut bytes = 0;
    let chars: Box<dyn Iterator<Item = char>> = match end {
        End::First => Box::new(text.chars()),
        End::Last => Box::new(text.chars().rev()),
    };
    for char in chars {
        let inner = touch(char);
        let stands = inner == Touch::Letter || !delimited || !is_tight(outer);
        if inner != Touch::Blank && stands {
            break;
        }
        outer = inner;
        bytes += char.len_utf8();
    }
    bytes
}

fn split_at(text: &mut String, bytes: usize, end: End) -> Option<String> {
    if bytes == 0 {
        return None;
    }
    match end {
        End::First => {
            let rest = text.split_off(bytes);
            Some(std::mem::replace(text, rest))
        }
        End::Last => Some(text.split_off(text.len() - bytes)),
    }
}

/// Whether a delimiter beside it needs a letter on its other side.
fn is_tight(outer: Touch) -> bool {
    matches!(outer, Touch::Letter | Touch::Other)
}

fn outer_touch(before: Option<&Run>, same_link: bool, end: End) -> Touch {
    let Some(before) = before else {
        return Touch::Blank;
    };
    if !same_link || before.marks.any(Marks::CODE) {
        return Touch::Punctuation;
    }
    match &before.piece {
        Piece::Break => Touch::Blank,
        Piece::Image { .. } => Touch::Punctuation,
        Piece::Text(text) => match end {
            End::First => text.chars().next_back(),
            End::Last => text.chars().next(),
        }
        .map_or(Touch::Blank, touch),
    }
}
