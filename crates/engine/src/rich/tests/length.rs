//! A text that is cut is still a whole text.

use proptest::{prelude::*, sample::select};

use super::*;

fn check_cut(from: &str, max: usize, to: &str) {
    assert_eq!(
        convert_within(&html(from), RichFormat::CommonMark, max, &ImagesInstead::new()).text,
        to,
        "{from}"
    );
}

#[test]
fn what_is_cut_is_closed() {
    check_cut("abc", 3, "abc");
    check_cut("abcd", 3, "ab…");
    check_cut("abc", 0, "");
    check_cut("abc", 1, "…");
    check_cut("<b>bold words</b> here", 12, "**bold wo…**");
    check_cut("see <a href='https://x.io/long'>the page</a>", 12, "see…");
    check_cut(
        "see <a href='https://x.io/long'>the page</a>",
        31,
        "see [the p…](https://x.io/long)",
    );
    check_cut("<pre>one\ntwo\nthree</pre>", 16, "```\none\ntwo…\n```");
    check_cut("<ul><li>one<li>two<li>three</ul>", 10, "- one\n- t…");
    check_cut(
        "<table><tr><th>a<th>b<tr><td>c<td>d</table>",
        32,
        "| a | b |\n| --- | --- |\n| … |  |",
    );
    check_cut("<p>one</p><p>two</p><p>three</p>", 9, "one\n\ntw…");
}

#[test]
fn what_is_cut_off_is_named() {
    let cut = convert_within(
        &html("<p>one two</p>"),
        RichFormat::Html,
        10,
        &ImagesInstead::new(),
    );
    assert_eq!(cut.text, "<p>on…</p>");
    assert_eq!(
        cut.lost,
        [Lost {
            what: Loss::Rest,
            times: 1
        }]
    );
    assert_eq!(
        convert_within(&html("one"), RichFormat::Html, 10, &ImagesInstead::new()).lost,
        []
    );
}

proptest! {
    #![proptest_config(properties::config())]

    #[test]
    fn what_is_cut_fits_and_is_read_back(
        pieces in proptest::collection::vec(select(vec![
            "<p>", "<b>", "</b>", "<i>", "</i>", "<s>", "</s>", "<a href=x>", "</a>", "<code>", "</code>", "<br>", "<ul>", "<li>", "</ul>",
            "<blockquote>", "</blockquote>", "<pre>", "</pre>", "<h2>", "</h2>", "<table>", "<tr>", "<td>", "</table>", "<img src=y alt=z>",
            "word", "longer words here", "*", "_", "(", ")", "“", "。", "é", "中", " ", "\u{301}", "👩‍🚀", "!", "&amp;", "[", "`",
        ]), 0..24),
        max in 0_usize..60,
    ) {
        let text = html(&pieces.concat());
        for to in [RichFormat::CommonMark, RichFormat::Html] {
            let cut = convert_within(&text, to, max, &ImagesInstead::new());
            prop_assert!(cut.text.chars().count() <= max, "{}", cut.text);
            let cut = RichText { format: to, text: cut.text };
            let again = RichText { format: to, text: convert(&cut, to).text };
            prop_assert_eq!(read(&cut), read(&again), "{}", cut.text);
        }
    }
}
