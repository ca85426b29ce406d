//! What holds for any text: no panic, no lost word, and a settled text stays as it is.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

// tidy: long because it lists the pieces
/// Pieces of markup and text whose words can be told apart.
fn pieces() -> impl Strategy<Value = Vec<String>> {
    let tags = select(vec![
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<s>",
        "</s>",
        "<code>",
        "</code>",
        "<a href='https://x.io/a_b*c?d=(e)&f'>",
        "</a>",
        "<br>",
        "<ul>",
        "</ul>",
        "<ol start=7>",
        "</ol>",
        "<li>",
        "</li>",
        "<blockquote>",
        "</blockquote>",
        "<table>",
        "</table>",
        "<tr>",
        "</tr>",
        "<td>",
        "</td>",
        "<th>",
        "<pre>",
        "</pre>",
        "<h2>",
        "</h2>",
        "<hr>",
        "<img src='cid:7' alt='p*i [c]'>",
        "<span>",
        "</span>",
        "<x>",
        "<div style=\"a'b\">",
        "&nbsp;",
        " ",
        "\n",
    ]);
    let marks = select(vec![
        "*",
        "_",
        "`",
        "~",
        "[",
        "]",
        "(",
        ")",
        "!",
        "#",
        "-",
        "+",
        ">",
        "|",
        "\\",
        ".",
        ":",
        "=",
        "&amp;",
        "&lt;",
        "“",
        "”",
        "。",
        "1.",
        "2)",
        "\u{301}",
        "😀",
        "---",
        "```",
        "\t",
        "\u{2003}",
        "&amp;amp;",
        "<!-- c -->",
        "'",
    ]);
    let words = "[a-zé中]{1,4}";
    vec(
        prop_oneof![3 => tags.prop_map(str::to_owned), 2 => marks.prop_map(str::to_owned), 3 => words],
        0..30,
    )
}

fn words(text: &str) -> Vec<String> {
    text.split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        for text in [html(&text), commonmark(&text)] {
            convert(&text, RichFormat::Html);
            convert(&text, RichFormat::CommonMark);
        }
    }

    #[test]
    fn what_was_read_is_read_back(pieces in pieces()) {
        let (document, _) = read(&html(&pieces.concat()));
        let written = to_commonmark::write(&document);
        let (again, _) = read(&commonmark(&written));
        prop_assert_eq!(&again, &document, "{}", written);
        let (again, _) = read(&html(&to_html::write(&document)));
        prop_assert_eq!(&again, &document);
    }

    #[test]
    fn marks_that_cross_are_read_back(pieces in vec(select(vec![
        "<b>", "</b>", "<i>", "</i>", "<s>", "</s>", "<b>", "</b>", "<i>", "</i>", "<code>", "</code>", "<a href=x>", "</a>",
        "<br>", "a", "b", "é", "中", "7", " ", " ", "*", "**", "_", "~", "`", "(", ")", ".", "!", "[", "]", "\\", "&amp;", "&lt;",
        "#", "-", "+", "|", "“", "。", "\u{301}", "😀", "ש", "ا", "\u{200b}", "\u{200d}", "\u{200f}", "&nbsp;", "€", "\u{ad}",
    ]), 0..24)) {
        let (document, _) = read(&html(&pieces.concat()));
        let written = to_commonmark::write(&document);
        let (again, _) = read(&commonmark(&written));
        prop_assert_eq!(&again, &document, "{}", written);
        let (again, _) = read(&html(&to_html::write(&document)));
        prop_assert_eq!(&again, &document);
    }

    #[test]
    fn nothing_executable_survives(pieces in vec(select(vec![
        "<script>", "</script>", "<script", "<SCRIPT SRC=//x>", "alert(1)", "<img src=", "<img alt=", "<a href=", "'", "\"", ">", "<", "/>", "</a>",
        "javascript:", "java\nscript:", "&#106;avascript&colon;", "vbscript:", "data:text/html,", "data:image/svg+xml,", "x", " ", "\n", "\n\n",
        " onerror=", " onload=x ", "<svg>", "</svg>", "<math>", "<iframe srcdoc=", "</iframe>", "<style>", "</style>", "<!--", "-->", "<![CDATA[", "]]>",
        "<noscript>", "<template>", "<textarea>", "<title>", "</title>", "<object data=", "<form action=", "<input type=checkbox ", "<base href=",
        "[", "](", ")", "![", "`", "```\n", "<p>", "<b>", "\\", "&lt;", "&gt;", "&quot;", "\u{0}", "\u{1}", "|", "- ", "> ", "<pre><code class=language-",
    ]), 0..30)) {
        let text = pieces.concat();
        for text in [html(&text), commonmark(&text)] {
            judge::assert_inert(&convert(&text, RichFormat::Html).text, &text.text);
            let shown = corpus::render(&convert(&text, RichFormat::CommonMark).text);
            judge::assert_inert(&shown, &text.text);
        }
    }

    #[test]
    fn words_arrive(pieces in pieces()) {
        let text: Vec<&str> = pieces.iter().map(String::as_str)
            .filter(|piece| !piece.starts_with('<') && !piece.starts_with('&')).collect();
        let seen = plain(&commonmark(&convert(&html(&pieces.join(" ")), RichFormat::CommonMark).text));
        for word in words(&text.join(" ")) {
            prop_assert!(words(&seen).contains(&word), "{} in {}", word, seen);
        }
    }

    #[test]
    fn commonmark_settles(pieces in vec(select(vec![
        "a", "b ", "*", "**", "_", "~~", "`", "[", "](x)", "![", "<br>", "<b>", "</b>", "\n", "\n\n", "- ", "1. ", "> ",
        "  ", "    ", "# ", "| ", "|-|-|\n", "```\n", "\\", "&amp;", "<", ">", "!", "中", "。", "<script>", "---\n", "+ ",
    ]), 0..30)) {
        let (document, _) = read(&commonmark(&pieces.concat()));
        let written = to_commonmark::write(&document);
        let (again, _) = read(&commonmark(&written));
        prop_assert_eq!(&again, &document, "{}", written);
        prop_assert!(!to_html::write(&document).contains("<script"));
    }
}

/// As many cases as were asked for, other ones in each build.
pub(super) fn config() -> ProptestConfig {
    ProptestConfig {
        cases: cases(),
        ..ProptestConfig::default()
    }
}

fn cases() -> u32 {
    std::env::var("INTERLINE_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(256)
}
