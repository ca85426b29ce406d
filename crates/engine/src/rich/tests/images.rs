//! Pictures are found, and shown from elsewhere or replaced with words.

use super::*;

fn instead(pairs: &[(&str, ImageInstead)]) -> ImagesInstead {
    let pairs = pairs.iter();
    pairs.map(|(from, to)| ((*from).to_owned(), to.clone())).collect()
}

fn address(address: &str) -> ImageInstead {
    ImageInstead::Address(address.to_owned())
}

fn words(words: &str) -> ImageInstead {
    ImageInstead::Text(words.to_owned())
}

fn check_found(text: &RichText, expected: &[(&str, &str)]) {
    let found = images_in(text);
    let found: Vec<(&str, &str)> = found.iter().map(|image| (&*image.address, &*image.alt)).collect();
    assert_eq!(found, expected, "{}", text.text);
}

fn check_replaced(from: &str, pairs: &[(&str, ImageInstead)], to: &str, lost: usize) {
    let converted = convert_with_images(&html(from), RichFormat::CommonMark, &instead(pairs));
    let times: usize = converted.lost.iter().map(|lost| lost.times).sum();
    assert_eq!((converted.text.as_str(), times), (to, lost), "{from}");
}

#[test]
fn images_are_found_once_in_the_order_of_reading() {
    check_found(
        &html(
            "<img src=cid:1 alt=one><p><a href=/x><img src='https://x.io/a b.png'></a><img src=cid:1 alt=again>",
        ),
        &[("cid:1", "one"), ("https://x.io/a%20b.png", "")],
    );
    check_found(
        &html("<img src=/t width=1 height=1><img src=javascript:x><img><script><img src=/s></script>"),
        &[],
    );
    check_found(
        &commonmark("![a *b*](/x \"t\")\n\n|![c](cid:2)|\n|-|\n\n`![no](/code)` <img src=/d alt=e>"),
        &[("/x", "a b"), ("cid:2", "c"), ("/d", "e")],
    );
    let bytes = format!("data:image/png;base64,{}", "A".repeat(5000));
    check_found(&html(&format!("<img src='{bytes}' alt=big>")), &[(&bytes, "big")]);
}

#[test]
fn images_are_shown_from_elsewhere_or_replaced_with_words() {
    let text = "<b>see <img src=cid:1 alt=one> and <img src=cid:2 alt=two></b> <img src=/3 alt=three>";
    check_replaced(
        text,
        &[],
        "**see** ![one](cid:1) **and** ![two](cid:2) ![three](/3)",
        0,
    );
    check_replaced(
        text,
        &[
            ("cid:1", address("https://f.io/1 (a)")),
            ("cid:2", words("[image two is gone]")),
        ],
        "**see** ![one](<https://f.io/1%20(a)>) **and \\[image two is gone\\]** ![three](/3)",
        0,
    );
    check_replaced("<img src=/x alt=y>", &[("/x", address("javascript:z"))], "y", 0);
    let bytes = format!("data:image/png;base64,{}", "A".repeat(5000));
    let big = format!("a <img src='{bytes}' alt=big> b");
    check_replaced(&big, &[], "a big b", 1);
    check_replaced(
        &big,
        &[(&bytes, address("https://f.io/2"))],
        "a ![big](https://f.io/2) b",
        0,
    );
}

#[test]
fn without_replacements_nothing_changes() {
    for text in [html("<p>a<img src=cid:1 alt=b></p>"), commonmark("![a](b) c")] {
        for to in [RichFormat::Html, RichFormat::CommonMark] {
            assert_eq!(
                convert_with_images(&text, to, &ImagesInstead::new()),
                convert(&text, to)
            );
        }
    }
}
