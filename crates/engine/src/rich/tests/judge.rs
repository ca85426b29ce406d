//! Another reading of HTML than ours, by a sanitiser that builds a tree as browsers do.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashSet},
};

use ammonia::Builder;
use html5ever::{
    tendril::StrTendril,
    tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts},
};

/// What a reader sees of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Each word, with the quotes, lists and titles that it stands in.
    pub words: Vec<(String, String)>,
    /// Each letter and digit outside of blocks of code, with its marks.
    pub marks: Vec<(char, String)>,
    /// Where links lead that can be clicked.
    pub links: BTreeSet<String>,
    /// The pictures.
    pub pictures: BTreeSet<String>,
    /// How many there are of what has no words of its own.
    pub counts: BTreeMap<&'static str, usize>,
}

/// What a reader sees of this page.
pub(super) fn see(page: &str) -> Seen {
    let mut eye = Eye::default();
    for token in tokens(&clean(page)) {
        eye.take(&token);
    }
    eye.end_word();
    eye.seen
}

/// The sanitiser finds nothing to take away.
pub(super) fn assert_harmless(page: &str, name: &str) {
    assert_eq!(
        told(page, true),
        told(&clean(page), true),
        "{name}: the sanitiser against what we wrote"
    );
    assert_inert(page, name);
}

/// Nothing but what we may write is there, and no address runs anything. The sanitiser finds nothing but addresses to
/// take away: it knows few schemes, and a text may have made up others.
pub(super) fn assert_inert(page: &str, name: &str) {
    assert_eq!(
        told(page, false),
        told(&clean(page), false),
        "{name}: the sanitiser against what we wrote"
    );
    for token in tokens(page) {
        let Token::TagToken(tag) = token else { continue };
        assert!(TAGS.contains(&&*tag.name), "{name}: {}", tag.name);
        for attribute in &tag.attrs {
            let allowed = ["href", "src", "alt", "class", "start"];
            let said = &*attribute.name.local;
            assert!(allowed.contains(&said), "{name}: {said}");
            let is_blank = |char: &char| char.is_whitespace() || char.is_control();
            let value: String = attribute.value.chars().filter(|char| !is_blank(char)).collect();
            let value = value.to_ascii_lowercase();
            let runs = [
                "javascript:",
                "vbscript:",
                "data:text",
                "data:image/svg",
                "data:application",
            ];
            let is_address = ["href", "src"].contains(&said);
            assert!(
                !(is_address && runs.iter().any(|run| value.starts_with(run))),
                "{name}: {value}"
            );
        }
    }
}

fn clean(page: &str) -> String {
    sanitiser().clean(page).to_string()
}

fn told(page: &str, addresses: bool) -> Vec<String> {
    tokens(page)
        .iter()
        .filter_map(|token| tell(token, addresses))
        .collect()
}

const TAGS: &[&str] = &[
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "ul",
    "ol",
    "li",
    "pre",
    "code",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "hr",
    "br",
    "a",
    "img",
    "input",
    "strong",
    "em",
    "s",
    "del",
];

fn sanitiser() -> Builder<'static> {
    let mut builder = Builder::default();
    builder
        .add_tags([
            "s", "font", "big", "dir", "menu", "section", "main", "address", "fieldset", "legend", "form",
            "option",
        ])
        .add_tags(["input"])
        .add_tag_attributes("input", ["type", "checked"])
        .add_tag_attributes("code", ["class"])
        .clean_content_tags(HashSet::from([
            "script", "style", "title", "template", "iframe", "noembed", "noframes",
        ]))
        .url_schemes(HashSet::from([
            "http", "https", "mailto", "tel", "sms", "slack", "zoommtg", "cid", "mid", "file", "c", "data",
            "don",
        ]))
        .attribute_filter(|_, attribute, value| {
            let is_bytes = ["href", "src"].contains(&attribute) && value.trim().starts_with("data:");
            let is_picture = attribute == "src" && value.starts_with("data:image/") && !value.contains("svg");
            (!is_bytes || is_picture).then(|| value.into())
        })
        .link_rel(None);
    builder
}

/// A token in words; none if it says nothing.
fn tell(token: &Token, addresses: bool) -> Option<String> {
    match token {
        Token::CharacterTokens(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Token::TagToken(tag) if !matches!(&*tag.name, "tbody" | "thead") => {
            let mut attributes: Vec<String> = tag
                .attrs
                .iter()
                .filter(|it| addresses || !["href", "src"].contains(&&*it.name.local))
                .map(|it| format!(" {}={}", it.name.local, it.value))
                .collect();
            attributes.sort();
            Some(format!("{:?} {}{}", tag.kind, tag.name, attributes.concat()))
        }
        _ => None,
    }
}

#[derive(Default)]
struct Gatherer(RefCell<Vec<Token>>);

impl TokenSink for Gatherer {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut tokens = self.0.borrow_mut();
        match (tokens.last_mut(), token) {
            (Some(Token::CharacterTokens(text)), Token::CharacterTokens(more)) => text.push_tendril(&more),
            (_, token) => tokens.push(token),
        }
        TokenSinkResult::Continue
    }
}

fn tokens(page: &str) -> Vec<Token> {
    let tokenizer = Tokenizer::new(Gatherer::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(page));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[derive(Default)]
struct Eye {
    seen: Seen,
    word: String,
    within: Vec<String>,
    marks: Vec<&'static str>,
    link: Option<String>,
    entry_is_empty: bool,
}

impl Eye {
    fn take(&mut self, token: &Token) {
        match token {
            Token::CharacterTokens(text) => self.text(text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.start(tag),
            Token::TagToken(tag) => self.end(&tag.name),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        for char in text.chars() {
            if char.is_whitespace() {
                self.end_word();
            } else if !char.is_control() {
                self.word.push(char);
                self.touch();
                let is_code = self.within.iter().any(|tag| tag == "pre");
                if char.is_alphanumeric() && !is_code {
                    let mut marks = self.marks.clone();
                    marks.sort_unstable();
                    marks.dedup();
                    self.seen.marks.push((char, marks.concat()));
                }
            }
        }
    }

    /// Something can be seen here.
    fn touch(&mut self) {
        if let Some(link) = self.link.take() {
            self.seen.links.insert(link);
        }
        if std::mem::take(&mut self.entry_is_empty) {
            *self.seen.counts.entry("entries").or_default() += 1;
        }
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            let word = std::mem::take(&mut self.word);
            self.seen.words.push((word, self.within.join(" ")));
        }
    }

    fn start(&mut self, tag: &Tag) {
        let name = &*tag.name;
        let said = |name: &str| {
            tag.attrs
                .iter()
                .find(|it| &*it.name.local == name)
                .map(|it| it.value.to_string())
        };
        match name {
            "blockquote" | "ul" | "ol" | "pre" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_word();
                self.within.push(name.to_owned());
            }
            "a" => {
                self.link = said("href")
                    .map(|link| plainly(&link))
                    .filter(|link| !link.is_empty())
            }
            "img" => self.picture(
                &said("src").unwrap_or_default(),
                &said("alt").unwrap_or_default(),
                said("width").as_deref(),
            ),
            "q" => self.text("“"),
            "input" if said("type").as_deref() == Some("checkbox") => {
                self.text(if said("checked").is_some() { "[x] " } else { "[ ] " })
            }
            "hr" => *self.seen.counts.entry("rules").or_default() += 1,
            "li" => self.entry_is_empty = true,
            _ => {}
        }
        if let Some(mark) = mark(name) {
            self.marks.push(mark);
        } else if !INLINE.contains(&name) {
            self.end_word();
        }
    }

    fn picture(&mut self, source: &str, alt: &str, width: Option<&str>) {
        let scheme = source.split_once(':').map(|(scheme, _)| scheme);
        let is_dot = matches!(width, Some("0" | "1"));
        let is_shown = !source.is_empty()
            && !is_dot
            && scheme.is_none_or(|scheme| ["http", "https", "cid", "data"].contains(&scheme));
        if is_shown && scheme != Some("data") {
            self.touch();
            self.seen.pictures.insert(plainly(source));
        }
        let letters = self.seen.marks.len();
        self.text(alt);
        // What stands for a picture that is not shown is text like any other.
        if is_shown {
            self.seen.marks.truncate(letters);
        }
    }

    fn end(&mut self, name: &str) {
        if name == "q" {
            self.text("”");
        }
        if let Some(mark) = mark(name) {
            if let Some(at) = self.marks.iter().rposition(|open| *open == mark) {
                self.marks.remove(at);
            }
            return;
        }
        if name == "a" {
            self.link = None;
        }
        if !INLINE.contains(&name) {
            self.end_word();
        }
        if self.within.last().is_some_and(|open| open == name) {
            self.within.pop();
        }
    }
}

/// What stands within a word without ending it.
const INLINE: &[&str] = &[
    "a", "img", "q", "span", "u", "sub", "sup", "ins", "mark", "small", "big", "font", "abbr", "bdo", "bdi",
    "ruby", "rt", "rp", "rb", "rtc", "var", "wbr", "time", "data", "acronym",
];

fn mark(name: &str) -> Option<&'static str> {
    Some(match name {
        "b" | "strong" => "b",
        "i" | "em" | "cite" | "dfn" => "i",
        "s" | "del" | "strike" => "s",
        "code" | "tt" | "kbd" | "samp" => "c",
        _ => return None,
    })
}

/// An address without its codes, so that the same place has one name.
fn plainly(address: &str) -> String {
    let mut bytes = Vec::new();
    // Browsers take a backslash in a path for a slash.
    let address = address.replace('\\', "/").replace("%5C", "/");
    let mut rest = address.trim().bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let digits =
            [ahead.next(), ahead.next()].map(|digit| digit.and_then(|digit| char::from(digit).to_digit(16)));
        match (byte, digits) {
            (b'%', [Some(high), Some(low)]) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap());
                rest = ahead;
            }
            (byte, _) if !byte.is_ascii_control() => bytes.push(byte),
            _ => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
