//! What each tag does to the document.

use std::{cell::RefCell, rc::Rc};

use html5ever::{
    LocalName, local_name,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, states::RawKind},
};

use super::attributes::safe_link;
use crate::rich::{Loss, builder::Builder, document::Marks, frame::Container};

/// How many tags that change the looks are remembered at once.
const DEEPEST: usize = 64;

/// Takes tokens and grows the document.
pub(super) struct Sink<'a, 'r> {
    pub builder: RefCell<&'a mut Builder<'r>>,
    pub style: RefCell<Style>,
}

/// The looks that are open, and what is not shown.
#[derive(Default)]
pub(super) struct Style {
    open: Vec<Look>,
    /// The tag whose contents are not shown, and how many of it are open.
    hidden: Option<(LocalName, usize)>,
}

struct Look {
    tag: LocalName,
    marks: Marks,
    link: Option<Rc<str>>,
    /// A cell or table: what was opened before it is not ended within it.
    wall: bool,
}

impl TokenSink for Sink<'_, '_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut builder = self.builder.borrow_mut();
        let mut style = self.style.borrow_mut();
        match token {
            Token::CharacterTokens(text) if !style.is_hidden() => builder.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return style.start(&mut builder, &tag),
            Token::TagToken(tag) => style.end(&mut builder, &tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Style {
    /// Whether what comes is not shown.
    pub(super) fn is_hidden(&self) -> bool {
        self.hidden.is_some()
    }

    fn start(&mut self, builder: &mut Builder<'_>, tag: &Tag) -> TokenSinkResult<()> {
        if let Some((name, depth)) = &mut self.hidden {
            *depth += usize::from(*name == tag.name && !tag.self_closing);
            return TokenSinkResult::Continue;
        }
        if let Some(raw) = self.hide(builder, tag) {
            return raw;
        }
        for attribute in &tag.attrs {
            if attribute
                .name
                .local
                .get(..2)
                .is_some_and(|start| start.eq_ignore_ascii_case("on"))
            {
                builder.lose(Loss::Handler);
            }
        }
        if start_block(builder, tag) {
            self.wall(builder, tag);
            return TokenSinkResult::Continue;
        }
        self.start_inline(builder, tag);
        TokenSinkResult::Continue
    }

    /// Takes tags away whose contents nobody sees.
    fn hide(&mut self, builder: &mut Builder<'_>, tag: &Tag) -> Option<TokenSinkResult<()>> {
        let (lost, raw) = match tag.name {
            local_name!("script") => (Some(Loss::Script), Some(RawKind::ScriptData)),
            local_name!("style") => (Some(Loss::Style), Some(RawKind::Rawtext)),
            local_name!("title") => (None, Some(RawKind::Rcdata)),
            local_name!("iframe") | local_name!("noembed") | local_name!("noframes") => {
                (Some(Loss::Embedded), Some(RawKind::Rawtext))
            }
            local_name!("template") => (None, None),
            _ => return None,
        };
        if let Some(lost) = lost {
            builder.lose(lost);
        }
        // A script that closes itself has no contents in XHTML, and all that follows in HTML.
        self.hidden = Some((tag.name.clone(), 1));
        Some(raw.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData))
    }

    fn start_inline(&mut self, builder: &mut Builder<'_>, tag: &Tag) {
        match tag.name {
            local_name!("br") => builder.line_break(),
            local_name!("img") => image(builder, tag),
            local_name!("q") => builder.text("“"),
            local_name!("input") => checkbox(builder, tag),
            local_name!("embed") | local_name!("object") | local_name!("video") | local_name!("audio") => {
                builder.lose(Loss::Embedded);
            }
            local_name!("code") if builder.is_in_code() => {
                if let Some(language) = language(tag) {
                    builder.name_code(language);
                }
            }
            // What looks like an address in angle brackets is one: no tag is called that.
            _ if tag.name.contains('@') && tag.attrs.is_empty() => builder.text(&address(&tag.name)),
            _ => self.push_look(builder, tag),
        }
    }

    fn push_look(&mut self, builder: &mut Builder<'_>, tag: &Tag) {
        let marks = marks(tag);
        let is_link = tag.name == local_name!("a");
        let counts =
            !marks.is_none() || is_link || matches!(tag.name, local_name!("span") | local_name!("b"));
        if !counts || self.open.len() >= DEEPEST || tag.self_closing && !is_link {
            return;
        }
        let mut link = None;
        if is_link {
            // A link cannot hold a link: the new one ends the old.
            self.open.retain(|look| look.link.is_none());
            if let Some(target) = attribute(tag, "href") {
                link = safe_link(target);
                if link.is_none() && !target.trim().is_empty() {
                    builder.lose(Loss::Link);
                }
            }
        }
        self.open.push(Look {
            tag: tag.name.clone(),
            marks,
            link,
            wall: false,
        });
        self.apply(builder);
    }

    fn wall(&mut self, builder: &mut Builder<'_>, tag: &Tag) {
        let is_cell = is_cell(&tag.name);
        if is_cell {
            self.end_cell(builder);
        }
        if (is_cell || tag.name == local_name!("table")) && self.open.len() < DEEPEST {
            self.open.push(Look {
                tag: tag.name.clone(),
                marks: Marks::NONE,
                link: None,
                wall: true,
            });
        }
    }

    /// Ends the looks of the cell that is open in the innermost table.
    fn end_cell(&mut self, builder: &mut Builder<'_>) {
        let wall = self.open.iter().rposition(|look| look.wall);
        if let Some(at) = wall
            && self.open.get(at).is_some_and(|look| is_cell(&look.tag))
        {
            self.open.truncate(at);
            self.apply(builder);
        }
    }

    /// Ends the looks of the innermost table.
    fn end_table(&mut self, builder: &mut Builder<'_>) {
        let table = self
            .open
            .iter()
            .rposition(|look| look.tag == local_name!("table"));
        if let Some(at) = table {
            self.open.truncate(at);
            self.apply(builder);
        }
    }

    fn apply(&self, builder: &mut Builder<'_>) {
        let open = || self.open.iter();
        let marks = open().fold(Marks::NONE, |marks, look| marks.with(look.marks));
        builder.look(marks, open().rev().find_map(|look| look.link.clone()));
    }

    fn end(&mut self, builder: &mut Builder<'_>, name: &LocalName) {
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth -= usize::from(hidden == name);
            if *depth == 0 {
                self.hidden = None;
            }
            return;
        }
        match *name {
            // Browsers read both as the beginning.
            local_name!("br") => return builder.line_break(),
            local_name!("q") => return builder.text("”"),
            _ => {}
        }
        if end_block(builder, name) {
            match *name {
                local_name!("table") => self.end_table(builder),
                _ if is_cell(name) || *name == local_name!("tr") => self.end_cell(builder),
                _ => {}
            }
            return;
        }
        let open = self.open.iter().rposition(|look| look.wall || look.tag == *name);
        if let Some(at) = open
            && self.open.get(at).is_some_and(|look| !look.wall)
        {
            self.open.remove(at);
            self.apply(builder);
        }
    }
}

/// Whether the tag begins something on a line of its own, which it then has done.
fn start_block(builder: &mut Builder<'_>, tag: &Tag) -> bool {
    if builder.is_in_code() {
        let ends_line = is_block(&tag.name);
        if ends_line {
            builder.text("\n");
        }
        return ends_line;
    }
    match tag.name {
        local_name!("blockquote") => builder.open_quote(),
        local_name!("ul") | local_name!("menu") | local_name!("dir") => builder.open_list(None),
        local_name!("ol") => builder.open_list(Some(first_number(tag))),
        local_name!("li") => open_entry(builder, tag),
        local_name!("table") => builder.open_table(),
        local_name!("tr") => builder.open_row(),
        local_name!("td") => open_cell(builder, tag, false),
        local_name!("th") => open_cell(builder, tag, true),
        local_name!("pre") | local_name!("listing") | local_name!("xmp") => {
            builder.open_code(language(tag).unwrap_or_default());
        }
        local_name!("hr") => builder.rule(),
        _ => match heading(&tag.name) {
            Some(level) => builder.set_heading(Some(level)),
            None if is_block(&tag.name) => builder.end_paragraph(),
            None => return false,
        },
    }
    true
}

/// Whether the tag ends something on a line of its own, which it then has done.
fn end_block(builder: &mut Builder<'_>, name: &LocalName) -> bool {
    match *name {
        local_name!("pre") | local_name!("listing") | local_name!("xmp") => builder.close_code(),
        _ if builder.is_in_code() => return is_block(name),
        local_name!("blockquote") => builder.close(Container::Quote),
        local_name!("ul") | local_name!("ol") | local_name!("menu") | local_name!("dir") => {
            builder.close(Container::List);
        }
        local_name!("li") => builder.close(Container::Entry),
        local_name!("table") => builder.close(Container::Table),
        local_name!("tr") => builder.close(Container::Row),
        local_name!("td") | local_name!("th") => builder.close(Container::Cell),
        _ if heading(name).is_some() => builder.set_heading(None),
        _ if is_block(name) => builder.end_paragraph(),
        _ => return false,
    }
    true
}

fn heading(name: &LocalName) -> Option<u8> {
    Some(match *name {
        local_name!("h1") => 1,
        local_name!("h2") => 2,
        local_name!("h3") => 3,
        local_name!("h4") => 4,
        local_name!("h5") => 5,
        local_name!("h6") => 6,
        _ => return None,
    })
}

fn is_cell(name: &LocalName) -> bool {
    matches!(*name, local_name!("td") | local_name!("th"))
}

/// Whether HTML has an element of this name.
pub(super) fn is_known(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let inline = [
        "a", "abbr", "acronym", "applet", "area", "audio", "b", "base", "bdi", "bdo", "big", "blink", "br",
        "button", "canvas", "cite", "code", "col", "data", "datalist", "del", "dfn", "em", "embed", "font",
        "frame", "frameset", "i", "iframe", "img", "input", "ins", "kbd", "label", "link", "map", "mark",
        "marquee", "math", "meta", "meter", "nobr", "noembed", "noframes", "noscript", "object", "output",
        "param", "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp", "script", "slot", "small",
        "source", "span", "strike", "strong", "style", "sub", "sup", "svg", "template", "time", "title",
        "track", "tt", "u", "var", "video", "wbr",
    ];
    inline.contains(&name.as_str()) || is_block(&name)
}

/// Whether a tag of this name stands on a line of its own.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "blockquote"
            | "ul"
            | "ol"
            | "menu"
            | "dir"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "table"
            | "caption"
            | "colgroup"
            | "thead"
            | "tbody"
            | "tfoot"
            | "tr"
            | "td"
            | "th"
            | "pre"
            | "listing"
            | "xmp"
            | "hr"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hgroup"
            | "html"
            | "head"
            | "body"
            | "header"
            | "footer"
            | "main"
            | "nav"
            | "section"
            | "article"
            | "aside"
            | "address"
            | "center"
            | "details"
            | "summary"
            | "dialog"
            | "fieldset"
            | "legend"
            | "figure"
            | "figcaption"
            | "form"
            | "optgroup"
            | "option"
            | "search"
            | "select"
            | "textarea"
    )
}

/// A box that is ticked or not, as GitHub's readers of CommonMark know it.
fn checkbox(builder: &mut Builder<'_>, tag: &Tag) {
    if attribute(tag, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("checkbox")) {
        let is_ticked = attribute(tag, "checked").is_some();
        builder.text(if is_ticked { "[x] " } else { "[ ] " });
    }
}

/// Begins an entry, ticked or not if an editor says so.
fn open_entry(builder: &mut Builder<'_>, tag: &Tag) {
    builder.open_entry();
    match attribute(tag, "data-list") {
        Some("checked") => builder.text("[x] "),
        Some("unchecked") => builder.text("[ ] "),
        // One kind of list for all is this editor's way; the entries say what they are.
        Some("bullet") => builder.uncount(),
        _ => {}
    }
}

fn open_cell(builder: &mut Builder<'_>, tag: &Tag, head: bool) {
    let count = |name| {
        attribute(tag, name)
            .and_then(|count| count.trim().parse().ok())
            .unwrap_or(1)
    };
    let (columns, rows): (usize, usize) = (count("colspan"), count("rowspan"));
    builder.open_cell(head, columns.clamp(1, 100), columns > 1 || rows > 1);
}

fn first_number(tag: &Tag) -> u32 {
    let first = attribute(tag, "start").and_then(|first| first.trim().parse().ok());
    first.filter(|first| *first < 1_000_000).unwrap_or(1)
}

fn image(builder: &mut Builder<'_>, tag: &Tag) {
    let alt = attribute(tag, "alt").unwrap_or_default();
    let is_dot =
        |name| attribute(tag, name).is_some_and(|size| matches!(size.trim(), "0" | "1" | "0px" | "1px"));
    if is_dot("width") && is_dot("height") {
        builder.lose(Loss::TrackingDot);
        return builder.text(alt);
    }
    builder.image(attribute(tag, "src").unwrap_or_default(), alt);
}

fn marks(tag: &Tag) -> Marks {
    let style = attribute(tag, "style").map(|style| style.replace(' ', "").to_ascii_lowercase());
    let says = |words: &str| style.as_deref().is_some_and(|style| style.contains(words));
    let mut marks = match tag.name {
        // Google Docs wraps whole texts in a bold tag that is not bold.
        local_name!("b") | local_name!("strong") if says("font-weight:normal") => Marks::NONE,
        local_name!("b") | local_name!("strong") => Marks::STRONG,
        local_name!("i") | local_name!("em") | local_name!("cite") | local_name!("dfn") => Marks::EMPHASIS,
        local_name!("s") | local_name!("del") | local_name!("strike") => Marks::STRIKE,
        local_name!("code") | local_name!("tt") | local_name!("kbd") | local_name!("samp") => Marks::CODE,
        _ => Marks::NONE,
    };
    if tag.name == local_name!("span") {
        if says("font-weight:bold") || says("font-weight:700") {
            marks = marks.with(Marks::STRONG);
        }
        if says("font-style:italic") {
            marks = marks.with(Marks::EMPHASIS);
        }
        if says("text-decoration:line-through") {
            marks = marks.with(Marks::STRIKE);
        }
    }
    marks
}

fn language(tag: &Tag) -> Option<&str> {
    let classes = attribute(tag, "class")?;
    classes
        .split_whitespace()
        .find_map(|class| class.strip_prefix("language-"))
}

fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    let found = tag.attrs.iter().find(|attribute| &*attribute.name.local == name);
    found.map(|attribute| &*attribute.value)
}

fn address(name: &str) -> String {
    format!("<{name}>")
}
