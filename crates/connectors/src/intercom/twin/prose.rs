//! Texts: from what callers send to HTML, and from HTML to plain text.

/// The tags that end a line in plain text.
const BREAKS: &[&str] = &[
    "br",
    "p",
    "div",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "tr",
    "pre",
    "ul",
    "ol",
    "table",
    "blockquote",
];

/// Plain text as paragraphs; what stands in it is no markup.
pub(super) fn paragraphs(text: &str, class: &str) -> String {
    let class = match class {
        "" => String::new(),
        class => format!(" class=\"{class}\""),
    };
    let text = text.replace("\r\n", "\n");
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
    let paragraph = |block: &str| {
        let lines = escape(block.trim_matches('\n')).replace('\n', "<br>");
        format!("<p{class}>{lines}</p>")
    };
    blocks.map(paragraph).collect::<Vec<_>>().join("\n")
}

/// What a caller wrote as HTML stays; anything else becomes paragraphs.
pub(super) fn html(text: &str, class: &str) -> String {
    match looks_like_html(text) {
        true => text.to_owned(),
        false => paragraphs(text, class),
    }
}

/// Whether a text has at least one tag in it.
fn looks_like_html(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let name = after.strip_prefix('/').unwrap_or(after);
        let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '!');
        if begins && after.contains('>') {
            return true;
        }
        rest = after;
    }
    false
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// HTML as plain text: a link is `label (address)`, and blocks are lines.
pub(super) fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut links: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        out.push_str(&unescape(text));
        let Some((tag, after)) = after.split_once('>') else {
            rest = after;
            break;
        };
        rest = after;
        let is_end = tag.starts_with('/');
        let name = tag.trim_start_matches('/');
        let name = name
            .split([' ', '/', '\n'])
            .next()
            .unwrap_or("")
            .to_ascii_lowercase();
        match (name.as_str(), is_end) {
            ("a", false) => links.push(attribute(tag, "href").unwrap_or_default()),
            ("a", true) => close_link(&mut out, links.pop()),
            ("img", _) => {
                let address = attribute(tag, "src").unwrap_or_default();
                out.push_str(&format!("[Image \"{address}\"]"));
            }
            ("br", _) => out.push('\n'),
            (name, _) if BREAKS.contains(&name) && !out.is_empty() && !out.ends_with('\n') => out.push('\n'),
            _ => {}
        }
    }
    out.push_str(&unescape(rest));
    out.trim().to_owned()
}

fn close_link(out: &mut String, address: Option<String>) {
    let address = address.filter(|address| !address.is_empty() && !out.ends_with(address.as_str()));
    if let Some(address) = address {
        out.push_str(&format!(" ({address})"));
    }
}

/// The value of an attribute in quotes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, after) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = after.split_once('"')?;
    Some(unescape(value))
}

pub(super) fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    // The ampersand last, or `&amp;lt;` would become a bracket.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_becomes_paragraphs() {
        let check = |text: &str, expected: &str| assert_eq!(html(text, ""), expected, "{text}");
        check("Hello", "<p>Hello</p>");
        check("a < b & c", "<p>a &lt; b &amp; c</p>");
        check("one\ntwo\n\nthree", "<p>one<br>two</p>\n<p>three</p>");
        check("<b>x</b>", "<b>x</b>");
        check("", "");
        assert_eq!(html("x", "no-margin"), "<p class=\"no-margin\">x</p>");
        assert_eq!(paragraphs("<b>x</b>", ""), "<p>&lt;b&gt;x&lt;/b&gt;</p>");
    }

    #[test]
    fn html_becomes_plain_text() {
        let check = |html: &str, expected: &str| assert_eq!(plain(html), expected, "{html}");
        check("<p>Hello</p><p>you</p>", "Hello\nyou");
        check("a<br>b", "a\nb");
        check(
            "<a href=\"https://x.example/?a=1&amp;b=2\">here</a>",
            "here (https://x.example/?a=1&b=2)",
        );
        check(
            "<a href=\"https://x.example\">https://x.example</a>",
            "https://x.example",
        );
        check("&lt;b&gt; &amp;lt;", "<b> &lt;");
        check(
            "<img src=\"https://x.example/a.png\">",
            "[Image \"https://x.example/a.png\"]",
        );
        check("open <", "open");
        check("<p", "p");
    }
}
