//! Writes a document as plain HTML: no classes, no styles.

use super::document::{Block, Document, Marks, Piece, Run};

/// The document as HTML.
pub(super) fn write(document: &Document) -> String {
    let mut out = String::new();
    blocks(&document.blocks, &mut out);
    out
}

fn blocks(blocks: &[Block], out: &mut String) {
    for one in blocks {
        block(one, out);
    }
}

fn block(block: &Block, out: &mut String) {
    match block {
        Block::Paragraph(text) => {
            out.push_str("<p>");
            runs(text, out);
            out.push_str("</p>");
        }
        Block::Heading { level, text } => {
            out.push_str(&format!("<h{level}>"));
            runs(text, out);
            out.push_str(&format!("</h{level}>"));
        }
        Block::Quote(inner) => {
            out.push_str("<blockquote>");
            blocks(inner, out);
            out.push_str("</blockquote>");
        }
        Block::List { first, entries } => list(*first, entries, out),
        Block::Code { language, text } => {
            if language.is_empty() {
                out.push_str("<pre><code>");
            } else {
                out.push_str(&format!("<pre><code class=\"language-{language}\">"));
            }
            escape(text, out);
            out.push_str("</code></pre>");
        }
        Block::Table(rows) => table(rows, out),
        Block::Rule => out.push_str("<hr>"),
    }
}

fn list(first: Option<u32>, entries: &[Vec<Block>], out: &mut String) {
    match first {
        None => out.push_str("<ul>"),
        Some(1) => out.push_str("<ol>"),
        Some(first) => out.push_str(&format!("<ol start=\"{first}\">")),
    }
    for entry in entries {
        out.push_str("<li>");
        match entry.split_first() {
            Some((Block::Paragraph(text), rest))
                if rest.iter().all(|block| matches!(block, Block::List { .. })) =>
            {
                runs(text, out);
                blocks(rest, out);
            }
            _ => blocks(entry, out),
        }
        out.push_str("</li>");
    }
    out.push_str(if first.is_some() { "</ol>" } else { "</ul>" });
}

fn table(rows: &[Vec<Vec<Run>>], out: &mut String) {
    out.push_str("<table>");
    for (at, row) in rows.iter().enumerate() {
        let tag = if at == 0 { "th" } else { "td" };
        out.push_str("<tr>");
        for cell in row {
            out.push_str(&format!("<{tag}>"));
            runs(cell, out);
            out.push_str(&format!("</{tag}>"));
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>");
}

fn runs(runs: &[Run], out: &mut String) {
    let mut rest = runs;
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|run| run.link == first.link).count();
        let (linked, after) = rest.split_at(same);
        if let Some(target) = &first.link {
            out.push_str("<a href=\"");
            escape(target, out);
            out.push_str("\">");
        }
        marked(linked, out);
        if first.link.is_some() {
            out.push_str("</a>");
        }
        rest = after;
    }
}

const TAGS: [(Marks, &str); 3] = [
    (Marks::STRONG, "strong"),
    (Marks::EMPHASIS, "em"),
    (Marks::STRIKE, "s"),
];

/// Ends the marks that the next run has not, and begins those that it has: the one that lasts longest first.
fn marked(runs: &[Run], out: &mut String) {
    let mut open: Vec<(Marks, &str)> = Vec::new();
    for (at, run) in runs.iter().enumerate() {
        let stays = open.iter().take_while(|(mark, _)| run.marks.any(*mark)).count();
        for (_, tag) in open.drain(stays..).rev() {
            out.push_str(&format!("</{tag}>"));
        }
        let (_, rest) = runs.split_at(at);
        let lasts = |mark: Marks| rest.iter().take_while(|run| run.marks.any(mark)).count();
        let mut starting: Vec<(Marks, &str)> = TAGS
            .into_iter()
            .filter(|(mark, _)| run.marks.any(*mark) && !open.iter().any(|(open, _)| open == mark))
            .collect();
        starting.sort_by_key(|(mark, _)| std::cmp::Reverse(lasts(*mark)));
        for (mark, tag) in starting {
            out.push_str(&format!("<{tag}>"));
            open.push((mark, tag));
        }
        piece(run, out);
    }
    for (_, tag) in open.iter().rev() {
        out.push_str(&format!("</{tag}>"));
    }
}

fn piece(run: &Run, out: &mut String) {
    match &run.piece {
        Piece::Text(text) if run.marks.any(Marks::CODE) => {
            out.push_str("<code>");
            escape(text, out);
            out.push_str("</code>");
        }
        Piece::Text(text) => escape(text, out),
        Piece::Break => out.push_str("<br>"),
        Piece::Image { source, alt } => {
            out.push_str("<img src=\"");
            escape(source, out);
            out.push_str("\" alt=\"");
            escape(alt, out);
            out.push_str("\">");
        }
    }
}

fn escape(text: &str, out: &mut String) {
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(char),
        }
    }
}
