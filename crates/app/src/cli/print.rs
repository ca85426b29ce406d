//! Data to stdout, talk to stderr.

use std::{
    borrow::Cow,
    io::{self, BufRead, IsTerminal, Write},
};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use model::Timestamp;
use serde::Serialize;

use crate::failure::Failure;

/// How wide a table may be.
const WIDTH: u16 = 80;

/// Prints a line of data.
pub fn data(text: impl AsRef<str>) {
    // Whoever reads may have gone, as `head` does; that is no failure of ours.
    let _ = writeln!(io::stdout().lock(), "{}", harmless(text.as_ref()));
}

/// Prints a line of talk.
pub fn talk(text: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "{}", harmless(text.as_ref()));
}

/// A text that does nothing to the terminal: what comes from outside may hold its commands.
fn harmless(text: &str) -> Cow<'_, str> {
    let is_command = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    match text.contains(is_command) {
        true => Cow::Owned(text.replace(is_command, "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

/// Asks a question, and returns the line that was typed.
pub fn ask(question: &str) -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Err(
            Failure::usage("This asks first, and nobody is there to answer").hint("add --yes if you mean it")
        );
    }
    let mut err = io::stderr().lock();
    let _ = err.write_all(question.as_bytes());
    let _ = err.flush();
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.map_err(|error| Failure::broke("The answer cannot be read").because(error))?;
    Ok(line.trim().to_owned())
}

/// Prints data as JSON.
pub fn json(data_to_print: &impl Serialize) {
    match serde_json::to_string_pretty(data_to_print) {
        Ok(text) => data(text),
        Err(error) => talk(format!("This cannot be written as JSON: {error}")),
    }
}

/// Prints why a command stopped: a sentence, its causes, a hint.
pub fn failure(failure: &Failure, as_json: bool) {
    talk(failure.to_string());
    for cause in failure.causes() {
        talk(format!("  because: {cause}"));
    }
    if let Some(hint) = failure.advice() {
        talk(format!("\nhint: {hint}"));
    }
    if as_json {
        json(&serde_json::json!({
            "error": failure.to_string(),
            "causes": failure.causes(),
            "hint": failure.advice(),
        }));
    }
}

/// An empty table with these column heads; heads that begin with `>` stand over numbers.
pub fn table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─')))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table.set_header(heads.iter().map(|head| head.trim_start_matches('>')));
    for (place, (column, head)) in table.column_iter_mut().zip(heads).enumerate() {
        let is_last = place + 1 == heads.len();
        column.set_padding((0, if is_last { 0 } else { 2 }));
        if head.starts_with('>') {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Prints a table as data.
pub fn show(table: &Table) {
    data(table.trim_fmt());
}

/// A count with its thousands apart; a dash for none.
pub fn count(number: u64) -> String {
    if number == 0 {
        return "-".to_owned();
    }
    thousands(number)
}

/// A number with its thousands apart.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something: `1 call`, `2,000 calls`.
pub fn many(number: u64, one: &str, more: &str) -> String {
    let word = if number == 1 { one } else { more };
    format!("{} {word}", thousands(number))
}

/// A time as people read it, in UTC.
pub fn time(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The beginning of a text that is too long for its place.
pub fn short(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}

/// A text in lines that fit beside this indent, which every line but the first gets.
pub fn wrapped(text: &str, indent: usize) -> String {
    let room = usize::from(WIDTH).saturating_sub(indent).max(20);
    let (mut wrapped, mut used) = (String::with_capacity(text.len()), 0);
    for word in text.split_whitespace() {
        let letters = word.chars().count();
        if used > 0 && used + 1 + letters > room {
            wrapped.push('\n');
            wrapped.extend(std::iter::repeat_n(' ', indent));
            used = 0;
        } else if used > 0 {
            wrapped.push(' ');
            used += 1;
        }
        wrapped.push_str(word);
        used += letters;
    }
    wrapped
}

/// How long something will take, as far as that can be told.
pub fn about(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => span(seconds.saturating_mul(1_000)),
    }
}

/// How long something took.
pub fn span(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    let tenths = milliseconds % 1_000 / 100;
    match seconds {
        0..60 => format!("{seconds}.{tenths} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_commands_no_terminal() {
        assert_eq!(
            harmless("\u{1b}[2J\u{9b}a\r\n\tb"),
            "\u{fffd}[2J\u{fffd}a\u{fffd}\n\tb"
        );
    }

    #[test]
    fn numbers_are_readable() {
        let check = |number: u64, expected: &str| assert_eq!(count(number), expected);
        check(0, "-");
        check(7, "7");
        check(1_000, "1,000");
        check(1_234_567, "1,234,567");
        assert_eq!(many(1, "call", "calls"), "1 call");
        assert_eq!(about(1), "1 s");
        assert_eq!(short("青空 商事", 3), "青空…");
        assert_eq!(wrapped("a b", 2), "a b");
        let words = ["word"; 20].join(" ");
        let lines: Vec<String> = wrapped(&words, 4).lines().map(str::to_owned).collect();
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [74, 28]);
        assert_eq!(span(59_940), "59.9 s");
        assert_eq!(span(61_000), "1 min 1 s");
        assert_eq!(span(7_260_000), "2 h 1 min");
    }
}
