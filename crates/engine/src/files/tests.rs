#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use model::{Field, FieldName, Otherwise, Owner, RichFormat, Rule};

use super::*;

fn html(text: &str) -> Value {
    Value::Rich(RichText {
        format: RichFormat::Html,
        text: text.to_owned(),
    })
}

fn file(url: &str) -> Value {
    Value::File(FileRef {
        url: url.to_owned(),
        name: url.to_owned(),
        media_type: None,
    })
}

fn files(urls: &str) -> Value {
    list(urls.split_whitespace().map(file).collect())
}

fn bound(rules: &[(&str, FieldKind)]) -> Bound {
    let rules = rules.iter().map(|(left, kind)| {
        let rule = Rule {
            left: vec![FieldName::new(left)],
            right: FieldName::new(left),
            turn: Turn::Same,
            owner: Owner::Left,
            clash: None,
            back: Default::default(),
            otherwise: Otherwise::Nothing,
            together: false,
            cut: false,
            unique: false,
        };
        let field = Field {
            name: FieldName::new(left),
            title: String::new(),
            kind: kind.clone(),
            writable: true,
            required: false,
            custom: false,
            id: None,
        };
        (rule, field)
    });
    Bound {
        rules: rules.collect(),
        ..crate::plan::tests::bound()
    }
}

fn record(fields: &[(&str, Value)]) -> Record {
    Record {
        id: "1".into(),
        title: String::new(),
        fields: fields
            .iter()
            .map(|(name, value)| (FieldName::new(name), value.clone()))
            .collect(),
        changed_at: None,
        keys: vec![],
    }
}

fn rich() -> FieldKind {
    FieldKind::Rich {
        format: RichFormat::CommonMark,
        max: None,
    }
}

#[test]
fn the_files_that_rules_move_are_wanted() {
    const TEXT: &str =
        "<img src='https://own.com/a'><img src='https://other.com/b'><img src='data:image/png;base64,AAAA'>";
    let bound = bound(&[
        ("body", rich()),
        ("plain", FieldKind::Text { max: None }),
        ("files", FieldKind::List(Box::new(FieldKind::File))),
        ("one", FieldKind::File),
    ]);
    let left = record(&[
        ("body", html(TEXT)),
        ("plain", html("<img src='https://own.com/never'>")),
        ("unmoved", html("<img src='https://own.com/never'>")),
        ("files", files("f1 f2")),
        ("one", file("f3")),
    ]);
    for (pictures, expected) in [
        (
            Pictures::All,
            "https://own.com/a https://other.com/b data:image/png;base64,AAAA f1 f2 f3",
        ),
        (
            Pictures::Own,
            "https://own.com/a data:image/png;base64,AAAA f1 f2 f3",
        ),
        (Pictures::None, "f1 f2 f3"),
    ] {
        let own = |address: &str| address.starts_with("https://own.com");
        let wanted = wanted(&bound, &left, pictures, &own);
        let urls: Vec<&str> = wanted.iter().map(|one| one.file.url.as_str()).collect();
        assert_eq!(urls.join(" "), expected);
        assert!(
            wanted
                .iter()
                .all(|one| one.is_picture != one.file.url.starts_with('f'))
        );
    }
}

#[test]
fn the_option_says_which_pictures_are_brought() {
    for (word, expected) in [
        (None, Pictures::All),
        (Some("all"), Pictures::All),
        (Some("own"), Pictures::Own),
        (Some("none"), Pictures::None),
    ] {
        let options = word.map(|word| ("pictures".to_owned(), Value::text(word)));
        assert_eq!(Pictures::chosen(&options.into_iter().collect()), expected);
    }
}

#[test]
fn a_file_is_named_by_the_end_of_its_address() {
    for (address, media_type, expected) in [
        ("https://h.com/a/b.png?x=1#y", "image/png", "b.png"),
        ("https://h.com/a/b%20c.jpeg", "image/jpeg", "b c.jpeg"),
        ("https://h.com/a/", "image/jpeg", "a.jpg"),
        ("https://h.com/show?id=7", "image/gif", "show.gif"),
        (
            "https://h.com/..%2f..%2fetc%2fpasswd",
            "image/png",
            ".._.._etc_passwd.png",
        ),
        ("https://h.com/%22%0d%0a.png", "image/png", "___.png"),
        ("https://h.com/..", "image/png", "picture.png"),
        ("cid:image001.png@01D", "image/png", "image001.png@01D.png"),
        ("data:image/png;base64,AAAA", "image/png", "picture.png"),
        ("https://h.com/100%", "image/png", "100%.png"),
    ] {
        assert_eq!(
            with_ending(&name_of(address), Some(media_type)),
            expected,
            "{address}"
        );
    }
    let long = format!("https://h.com/{}", "é".repeat(900));
    assert_eq!(name_of(&long).chars().count(), LONGEST_NAME);
    assert_eq!(with_ending("notes", Some("text/plain")), "notes");
}

#[test]
fn the_first_bytes_tell_a_picture() {
    for (head, expected) in [
        (&b"\x89PNG\r\n\x1a\nxx"[..], Some("image/png")),
        (b"\xff\xd8\xff\xe0xx", Some("image/jpeg")),
        (b"GIF89a", Some("image/gif")),
        (b"RIFF\x01\x02\x03\x04WEBPVP8 ", Some("image/webp")),
        (b"RIFF\x01\x02\x03\x04WAVE", None),
        (b"\0\0\0\x1cftypavif", Some("image/avif")),
        (b"\0\0\0\x1cftypmp42", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"<!DOCTYPE html><html>", None),
        (b"BM, said the text", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ] {
        assert_eq!(picture_type(head), expected, "{head:?}");
    }
}

#[test]
fn bytes_in_an_address_are_read() {
    for (address, expected) in [
        ("data:image/png;base64,aGk=", Some("hi")),
        ("data:image/png;base64,aGk", Some("hi")),
        ("data:image/png;BASE64,aG%6b%3D", Some("hi")),
        ("data:image/png;base64, a G k = ", Some("hi")),
        ("data:,hi%20you", Some("hi you")),
        ("data:image/png;base64,&&&", None),
        ("data:image/png;base64", None),
        ("https://h.com/a", None),
    ] {
        let got = bytes_in(address).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(got.as_deref(), expected, "{address}");
    }
}

#[test]
fn what_somebody_hung_there_stays() {
    for (ours, right, expected) in [
        ("a b", "", "a b"),
        ("a b", "a", "a b"),
        ("a", "x", "x a"),
        ("a", "a x", "a x"),
        ("", "a", "a"),
        ("", "", ""),
    ] {
        let got = with_ours(&files(ours), &files(right));
        assert_eq!(got, files(expected), "{ours} | {right}");
    }
}

#[test]
fn a_text_shows_what_was_brought_and_says_what_is_missing() {
    let here = FileRef {
        url: "don:core:dvrv-us-1:devo/1:artifact/7".to_owned(),
        name: "a.png".to_owned(),
        media_type: None,
    };
    let gone = Missing {
        name: "b.png".to_owned(),
        why: "status 404".to_owned(),
    };
    let taken = Taken {
        by_address: HashMap::from([
            ("https://h.com/a.png".to_owned(), Got::Here(here)),
            ("https://h.com/b.png".to_owned(), Got::Missing(gone.clone())),
        ]),
        ..Taken::default()
    };
    let text = RichText {
        format: RichFormat::Html,
        text:
            "<p>one <img alt='A' src='https://h.com/a.png'> two <img alt='B [1]' src='https://h.com/b.png'> \
               three <img src='https://h.com/b.png'> four <img alt=C src='https://h.com/c.png'></p>"
                .to_owned(),
    };
    let (instead, missing) = taken.instead(&text);
    assert_eq!(missing, [gone]);
    let converted = crate::rich::convert_with_images(&text, RichFormat::CommonMark, &instead);
    assert_eq!(
        converted.text.trim_end(),
        "one ![A](don:core:dvrv-us-1:devo/1:artifact/7) two \\[missing picture: B \\[1\\] (b.png)\\] three \
         \\[missing picture: B \\[1\\] (b.png)\\] four ![C](https://h.com/c.png)"
    );
}
