#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod corpus;
mod images;
mod judge;
mod length;
mod properties;

use model::{RichFormat, RichText};

use super::*;

fn html(text: &str) -> RichText {
    RichText {
        format: RichFormat::Html,
        text: text.to_owned(),
    }
}

fn commonmark(text: &str) -> RichText {
    RichText {
        format: RichFormat::CommonMark,
        text: text.to_owned(),
    }
}

fn check(from: &str, to: &str) {
    assert_eq!(convert(&html(from), RichFormat::CommonMark).text, to, "{from}");
}

fn check_back(from: &str, to: &str) {
    assert_eq!(convert(&commonmark(from), RichFormat::Html).text, to, "{from}");
}

fn check_lost(from: &str, to: &str, lost: &str) {
    let converted = convert(&html(from), RichFormat::CommonMark);
    let named: Vec<String> = converted
        .lost
        .iter()
        .map(|lost| format!("{} {}", lost.times, lost.what))
        .collect();
    assert_eq!(
        (converted.text.as_str(), named.join(", ").as_str()),
        (to, lost),
        "{from}"
    );
}

#[test]
fn text_without_tags_keeps_its_lines() {
    check("", "");
    check("Hello there", "Hello there");
    check("  one\n two \n\n\nthree  ", "one\\\ntwo\n\nthree");
    check("2 * 3 = 6_000 [a] `b`", "2 \\* 3 = 6_000 \\[a\\] \\`b\\`");
    check("# not a title", "\\# not a title");
    check("#1 is first", "#1 is first");
    check(
        "1. first\n2) second\n- third\n+ fourth\n> fifth\n---",
        "1\\. first\\\n2\\) second\\\n\\- third\\\n\\+ fourth\\\n\\> fifth\\\n\\---",
    );
    check("C:\\temp\\*", "C:\\temp\\\\\\*");
    check("AT&amp;T &amp;amp; &lt;b&gt;\nnext", "AT&T \\&amp; \\<b>\\\nnext");
    check(
        "snake_case _under_ __init__",
        "snake_case \\_under\\_ \\_\\_init\\_\\_",
    );
    check("a < b and b > c", "a < b and b > c");
    check(
        "1 < 2\nretry <timeout>\n<https://x.io>",
        "1 < 2\\\nretry \\<timeout>\\\n\\<https://x.io>",
    );
    check("<x-y>c</x-y>\n<o:p>d</o:p>", "c d");
}

#[test]
fn blocks_become_blocks() {
    check("<p>One</p><p>Two</p>", "One\n\nTwo");
    check("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo");
    check("One<br>two<br/><br>three<br>", "One\\\ntwo\n\nthree");
    check("<h1>A</h1><h3>B<br>C</h3>x", "# A\n\n### B C\n\nx");
    check(
        "<blockquote>Said<p>more</p></blockquote>after",
        "> Said\n>\n> more\n\nafter",
    );
    check("a<hr>b", "a\n\n***\n\nb");
    check("<pre>a\n  b\n</pre>", "```\na\n  b\n```");
    check(
        "<pre><code class=\"language-rust\">let a = \"```\";</code></pre>",
        "````rust\nlet a = \"```\";\n````",
    );
    check("<h2>Issue #</h2>", "## Issue \\#");
}

#[test]
fn marks_stand_where_they_count() {
    check(
        "<b>bold</b> <i>it</i> <s>gone</s> <code>x</code>",
        "**bold** *it* ~~gone~~ `x`",
    );
    check("<b>Name:</b>Acme", "**Name**:Acme");
    check("<b>Name:</b> Acme", "**Name:** Acme");
    check("a<b> b </b>c", "a **b** c");
    check("<b><i>both</i></b>", "***both***");
    check("<i>a <b>b</b></i>", "*a **b***");
    check("<b>a<i>b</b>c</i>", "__a*b*__*c*");
    check("<i>*<b>a</i>a</b>", "_\\***a**_**a**");
    check("a<i><s>a<b>a</s>“", "a~~aa~~“");
    check("<b>one<br>two</b>", "**one**\\\n**two**");
    check("<b style='font-weight:normal'>doc</b>", "doc");
    check("<span style=\"font-weight: 700\">heavy</span>", "**heavy**");
    check("<code>a `b` c</code>", "``a `b` c``");
    check("<code>`</code>", "`` ` ``");
    check("<b>«Да»</b>нет", "**«Да**»нет");
}

#[test]
fn links_and_images_keep_their_addresses() {
    check(
        "<a href='https://x.io/a?b=1&amp;c=2'>see</a>",
        "[see](https://x.io/a?b=1&c=2)",
    );
    check("<a href='https://x.io'>https://x.io</a>", "<https://x.io>");
    check("<a href='https://x.io/(a)'>a</a>", "[a](<https://x.io/(a)>)");
    check(
        "<a href='https://x.io/a b'> <b>a</b>]</a>",
        "[**a**\\]](https://x.io/a%20b)",
    );
    check("hi!<a href='/y'>there</a>", "hi\\![there](/y)");
    check(
        "<a name='top'>Top</a><a href='mailto:a@b.c'>a@b.c</a>",
        "Top[a@b.c](mailto:a@b.c)",
    );
    check("<a href='/x'><code>]:</code></a>", "[\\]:](/x)");
    check("<img src='cid:1' alt='A  [1]'>", "![A \\[1\\]](cid:1)");
    check(
        "<a href='https://x.io'><img src='https://x.io/i.png'></a>",
        "[![](https://x.io/i.png)](https://x.io)",
    );
    check("Mail John <john@x.io> today", "Mail John \\<john@x.io> today");
}

#[test]
fn lists_keep_their_levels() {
    check(
        "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
        "- a\n  - b\n- c",
    );
    check(
        "<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>",
        "- a\n  - b\n- c",
    );
    check("<ul><li>a|-|<ul><li>|-|</ul></ul>", "- a\\|-\\|\n  - |-|");
    check("<ol start=3><li>a<li>b</ol>", "3. a\n4. b");
    check(
        "<ol><li><p>a</p><p>b</p></li><li>c</li></ol>",
        "1. a\n\n   b\n\n2. c",
    );
    check("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n+ b");
    check("<li>a<li>b", "- a\n- b");
    check("<ul><li></li><li>a</li></ul>", "- a");
    check(
        "<ol><li data-list=checked>a</li><li><input type=checkbox> b</li><li>[x](y)</li></ol>",
        "1. [x] a\n2. [ ] b\n3. \\[x\\](y)",
    );
    check(
        "<ol><li data-list=bullet>a<li data-list=bullet>b</ol>",
        "- a\n- b",
    );
    check("<ul><li><pre>x</pre></li></ul>", "- ```\n  x\n  ```");
    check("<ul><li>a<blockquote>b</blockquote></li></ul>", "- a\n\n  > b");
}

#[test]
fn tables_show_rows_or_arrange_a_page() {
    check(
        "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>a|b</td></tr></table>",
        "| A | B |\n| --- | --- |\n| 1 | a\\|b |",
    );
    check(
        "<table><tr><td>1<td>2<tr><td>3</table>",
        "| 1 | 2 |\n| --- | --- |\n| 3 |  |",
    );
    check(
        "<table><tr><td>left</td><td>right</td></tr></table>",
        "left\n\nright",
    );
    check(
        "<table><tr><td><table><tr><td>a<td>b<tr><td>c<td>d</table></td><td>x</td></tr><tr><td>y<td>z</table>",
        "| a | b |\n| --- | --- |\n| c | d |\n\nx\n\ny\n\nz",
    );
    check(
        "<table>stray<caption>Sum</caption><tr><td>1<td>2<tr><td>3<td>4</table>",
        "stray\n\nSum\n\n| 1 | 2 |\n| --- | --- |\n| 3 | 4 |",
    );
    check("<td>outside</td><tr>too", "outside\n\ntoo");
}

#[test]
fn broken_markup_loses_no_words() {
    check("<p>One<div>two</p>three</b></div>", "One\n\ntwo\n\nthree");
    check("<blink>a</blink><o:p>b</o:p><x-y>c", "abc");
    check("if a<b then c", "if a\\<b then c");
    check("<p>cut off <a hre", "cut off \\<a hre");
    check(
        "a&nbsp;&nbsp;b&#160;c &copy; &unknown; &#x1F600;",
        "a b c © \\&unknown; 😀",
    );
    check("<p dir=rtl>שלום <b>עולם</b></p>", "שלום **עולם**");
    check(
        "<!--[if mso]><p>no</p><![endif]--><![if !mso]>yes<![endif]>",
        "yes",
    );
    check("<html><head><title>T</title></head><body>b</body></html>", "b");
    check(
        "<div class=gmail_quote>On Monday Ann wrote:<blockquote>Hi</blockquote></div>",
        "On Monday Ann wrote:\n\n> Hi",
    );
    check("<q>so</q>", "“so”");
    check(
        "<b>a<table><tr><th>x</th></tr><tr><td>y</b></td></tr></table>b",
        "**a**\n\n| **x** |\n| --- |\n| **y** |\n\n**b**",
    );
}

#[test]
fn what_is_left_out_is_named() {
    check_lost(
        "<script>alert('<b>')</script>a<style>p{}</style>",
        "a",
        "1 script, 1 style sheet",
    );
    check_lost("<p onclick=x() OnLoad=y()>a</p>", "a", "2 event handler");
    check_lost("<a href='java\nscript:alert(1)'>a</a>", "a", "1 unsafe link");
    check_lost("<a href=' &#106;avascript&colon;x'>a</a>", "a", "1 unsafe link");
    check_lost(
        "<a href='data:text/html,x'>a</a><a href='VBScript:x'>b</a>",
        "ab",
        "2 unsafe link",
    );
    check_lost("<iframe src=x><p>in</p></iframe>b", "b", "1 embedded content");
    check_lost(
        "<img src='data:image/png;base64,AAAA' alt=x>",
        "![x](data:image/png;base64,AAAA)",
        "",
    );
    check_lost(
        &format!(
            "<img src='data:image/png;base64,{}' alt='A plan'>",
            "A".repeat(3000)
        ),
        "A plan",
        "1 inline image",
    );
    check_lost(
        "<img src='data:text/html,x' alt=y><img alt=z>",
        "yz",
        "2 image without a source",
    );
    check_lost(
        "a<img src=https://t.io/p width=1 height=1>",
        "a",
        "1 tracking image",
    );
    check_lost(
        "<table><tr><th>a<td>b<br>c<tr><td colspan=2>d</table>",
        "| a | b c |\n| --- | --- |\n| d |  |",
        "1 merged cells, 1 line break in a cell or heading",
    );
    check_lost(
        "un<b>be<i>lie</b>va</i>ble",
        "un**belie***va*ble",
        "1 look within a word",
    );
    check_lost("<a href=' \u{e} javascript:x'>a</a>", "a", "1 unsafe link");
}

#[test]
fn what_commonmark_says_and_no_document_holds_is_named() {
    for (text, lost) in [
        ("[a](b \"t\") ![c](d 't') [e](f)", "2 title of a link or image"),
        ("|a|b|\n|:-|-|", "1 alignment of columns"),
        ("```js x=1\ny\n```", "1 details of a code block"),
        ("a <b>c</b> <!-- d --> <br> <p>", "1 tag within CommonMark"),
        ("a <script>b</script>", "1 script"),
        (
            "*a* **b** ~~c~~ `d` [e](f) ![g](h)\n\n1. [x] i\n\n> # j\n\n***",
            "",
        ),
    ] {
        let converted = convert(&commonmark(text), RichFormat::Html);
        let named: Vec<String> = converted
            .lost
            .iter()
            .map(|lost| format!("{} {}", lost.times, lost.what))
            .collect();
        assert_eq!(named.join(", "), lost, "{text}");
    }
}

#[test]
fn commonmark_becomes_html() {
    check_back(
        "a **b *c `d` ~~e~~* f** [g *h*](x)",
        "<p>a <strong>b <em>c <code>d</code> <s>e</s></em> f</strong> <a href=\"x\">g <em>h</em></a></p>",
    );
    check_back(
        "# A\n\nb *c* **d** ~~e~~ `f<`\\\ng",
        "<h1>A</h1><p>b <em>c</em> <strong>d</strong> <s>e</s> <code>f&lt;</code><br>g</p>",
    );
    check_back(
        "- a\n- b\n  1. c\n\n> d",
        "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul><blockquote><p>d</p></blockquote>",
    );
    check_back(
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
    );
    check_back(
        "[a](https://x.io \"t\") <https://y.io> <a@b.c> ![i](https://z.io/i.png)",
        "<p><a href=\"https://x.io\">a</a> <a href=\"https://y.io\">https://y.io</a> <a href=\"mailto:a@b.c\">a@b.c</a> <img src=\"https://z.io/i.png\" alt=\"i\"></p>",
    );
    check_back(
        "```js\na < b\n```\n\n***",
        "<pre><code class=\"language-js\">a &lt; b</code></pre><hr>",
    );
    check_back("a\nb", "<p>a b</p>");
}

#[test]
fn html_within_commonmark_is_read_not_passed_on() {
    check_back("a<br>b <b onclick=x>c</b>", "<p>a<br>b c</p>");
    check_back("a <script>alert(1)</script> b", "<p>a b</p>");
    check_back("<script>\nalert(1)\n</script>\n\nb", "<p>b</p>");
    check_back(
        "> <div>a</blockquote>b\n\nc",
        "<blockquote><p>a</p><p>b</p></blockquote><p>c</p>",
    );
    check_back("<blockquote>a\n\nb", "<blockquote><p>a</p></blockquote><p>b</p>");
    check_back("[a](javascript:x) [b](<data:text/html,x>)", "<p>a b</p>");
    check_back("![p](javascript:x)", "<p>p</p>");
}

#[test]
fn plain_is_what_is_seen() {
    for (from, to) in [
        (
            "<p>One <b>two</b></p><ul><li>three</li></ul><table><tr><th>a<th>b</table>",
            "One two three a b",
        ),
        ("a&nbsp; b\n\nc", "a b c"),
        ("<pre>x\n  y</pre><script>z</script>", "x y"),
    ] {
        assert_eq!(plain(&html(from)), to, "{from}");
    }
    assert_eq!(plain(&commonmark("# A\n\n*b*\\\n[c](d)")), "A b c");
}

#[test]
fn depth_and_length_are_survived() {
    for tag in [
        "div",
        "blockquote",
        "b",
        "ul><li",
        "table><tr><td",
        "a href=x",
        "span",
        "pre",
        "h1",
        "q",
        "template",
    ] {
        let name = tag.split(' ').next().unwrap();
        let opened = format!("<{tag}>").repeat(10_000);
        let closed = format!("</{name}>").repeat(10_000);
        for text in [format!("{opened}SEEN{closed}y"), opened.clone()] {
            let converted = convert(&html(&text), RichFormat::CommonMark);
            assert!(
                tag == "template" || !text.contains("SEEN") || converted.text.contains("SEEN"),
                "{tag}"
            );
            convert(&commonmark(&converted.text), RichFormat::Html);
        }
    }
    for part in [
        "<p>word",
        "a",
        "<",
        "&",
        "&amp;",
        "<a",
        "<td>x",
        "<b>\u{201c}",
        "<i>x</b>",
        "<b>a<i>b</b>c</i>",
        "a<i>*<b>a<s>“</i>b</s></b>",
        "* ",
        "[",
        "<b>(x)</b>y<i>",
        "<!--",
        "<br>",
    ] {
        let length = if part == "<p>word" { 1_000_000 } else { 60_000 };
        let text = part.repeat(length / part.len());
        let converted = convert(&html(&text), RichFormat::CommonMark);
        assert!(converted.text.len() <= 2 * length, "{part}");
    }
    for part in ["> ", "- ", "[", "*a", "`", "<b>", "| a", "a\n", "![", "<!--"] {
        convert(&commonmark(&part.repeat(30_000 / part.len())), RichFormat::Html);
    }
}
