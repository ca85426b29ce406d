//! `run report --csv`: a line for each thing that a run wrote or could not write.

use std::io::{self, Write};

use model::{Action, Change, Intents, Run, Side};
use store::{Fate, Past};

use crate::{
    failure::{Exit, Failure},
    wiring::Rooms,
};

/// How many changes are read at once.
const PAGE: usize = 500;

/// Writes the lines as they are read, so that a run of any size fits.
pub async fn show(rooms: &Rooms, run: &Run) -> Result<Exit, Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    // Whoever reads may have gone, as `head` does; that is no failure of ours.
    let _ = writeln!(out, "object,left_id,right_id,outcome,why");
    let mut after = None;
    loop {
        let page = rooms
            .store
            .changes_in(&run.import, &run.id, after.as_ref(), PAGE)
            .await?;
        let Some(last) = page.last() else { break };
        after = Some(last.change.id.clone());
        for past in page {
            let right = right_id(rooms, run, &past.change).await?;
            let _ = writeln!(out, "{}", line(&past, &right));
        }
    }
    let _ = out.flush();
    Ok(Exit::Done)
}

/// The right record's id; of one that the change made, the pair has it.
async fn right_id(rooms: &Rooms, run: &Run, change: &Change) -> Result<String, Failure> {
    if let Some(right) = &change.right {
        return Ok(right.to_string());
    }
    let ids = std::slice::from_ref(&change.left);
    let rows = rooms.store.pairs(&run.import, &change.left_object, ids).await?;
    Ok(rows.first().map(|row| row.right.to_string()).unwrap_or_default())
}

fn line(past: &Past, right: &str) -> String {
    let change = &past.change;
    let side = match change.side {
        Side::Left => "left",
        Side::Right => "right",
    };
    let did = match &change.action {
        Action::Create { .. } => "created",
        Action::Update(_) => "updated",
        Action::Delete(_) => "deleted",
    };
    let (outcome, why) = match &past.fate {
        Fate::Settled { .. } => (format!("{did} on the {side}"), ""),
        Fate::Failed { why, .. } => ("failed".to_owned(), why.as_str()),
        Fate::Unsettled => (
            "unknown".to_owned(),
            "the program was stopped meanwhile; the next sync finds out",
        ),
    };
    let cells = [
        change.left_object.as_str(),
        change.left.as_str(),
        right,
        &outcome,
        why,
    ];
    cells.map(cell).join(",")
}

/// A cell as RFC 4180 has it.
fn cell(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be() {
        assert_eq!(cell("plain text"), "plain text");
        assert_eq!(cell("one, \"two\""), "\"one, \"\"two\"\"\"");
        assert_eq!(cell("two\nlines"), "\"two\nlines\"");
    }
}
