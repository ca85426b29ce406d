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
    let mut link: Option<&str> = None;
    for run in runs {
        let next = run.link.as_deref();
        if next != link {
            if link.is_some() {
                out.push_str("</a>");
            }
            if let Some(target) = next {
                out.push_str("<a href=\"");
                escape(target, out);
                out.push_str("\">");
            }
            link = next;
        }
        piece(run, out);
    }
    if link.is_some() {
        out.push_str("</a>");
    }
}

const TAGS: [(Marks, &str); 4] = [
    (Marks::STRONG, "strong"),
    (Marks::EMPHASIS, "em"),
    (Marks::STRIKE, "s"),
    (Marks::CODE, "code"),
];

fn piece(run: &Run, out: &mut String) {
    let on = || TAGS.iter().filter(|(mark, _)| run.marks.any(*mark));
    for (_, tag) in on() {
        out.push_str(&format!("<{tag}>"));
    }
    match &run.piece {
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
    for (_, tag) in on().rev() {
        out.push_str(&format!("</{tag}>"));
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
