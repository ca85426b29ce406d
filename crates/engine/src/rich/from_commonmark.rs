//! Reads CommonMark with tables and strikethrough. HTML within it counts as text with its tags read, never as markup
//! that is passed on.

use std::rc::Rc;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{
    Loss, Lost,
    builder::Builder,
    document::{Document, Marks},
    frame::Container,
    from_html::{self, safe_link},
    images::Images,
};

/// The document, and what it lacks.
pub(super) fn read(text: &str, images: Images<'_>) -> (Document, Vec<Lost>) {
    let mut reader = Reader {
        builder: Builder::new(images),
        looks: Vec::new(),
        image: None,
        html: String::new(),
        hidden: None,
    };
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for event in Parser::new_ext(text, options) {
        reader.take(event);
    }
    reader.builder.finish()
}

struct Reader<'r> {
    builder: Builder<'r>,
    looks: Vec<Look>,
    image: Option<Image>,
    /// The block of HTML that is being met, line by line.
    html: String,
    /// The tag whose contents are not shown.
    hidden: Option<&'static str>,
}

enum Look {
    Marks(Marks),
    Link(Option<Rc<str>>),
}

struct Image {
    source: String,
    alt: String,
    /// Images within the description.
    depth: usize,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => {
                self.push(Look::Marks(Marks::CODE));
                self.text(&code);
                self.pop();
            }
            Event::Html(html) => self.html.push_str(&html),
            Event::InlineHtml(html) => self.inline_html(&html),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak if self.image.is_some() => self.text(" "),
            Event::HardBreak => self.builder.line_break(),
            Event::Rule => self.builder.rule(),
            Event::FootnoteReference(name) => self.text(&name),
            // A box to tick is read and written as text, so that it is seen everywhere.
            Event::TaskListMarker(done) => self.text(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.builder.set_heading(Some(level as u8)),
            Tag::BlockQuote(_) => self.builder.open_quote(),
            Tag::CodeBlock(CodeBlockKind::Fenced(words)) => self.open_code(&words),
            Tag::CodeBlock(CodeBlockKind::Indented) => self.builder.open_code(""),
            Tag::List(first) => {
                let first = first.map(|first| u32::try_from(first).unwrap_or(1));
                self.builder.open_list(first);
            }
            Tag::Item => self.builder.open_entry(),
            Tag::Table(columns) => {
                if columns.iter().any(|column| *column != Alignment::None) {
                    self.builder.lose(Loss::Alignment);
                }
                self.builder.open_table();
            }
            Tag::TableHead => self.builder.open_row(),
            Tag::TableRow => self.builder.open_row(),
            Tag::TableCell => self.builder.open_cell(true, 1, false),
            Tag::Emphasis => self.push(Look::Marks(Marks::EMPHASIS)),
            Tag::Strong => self.push(Look::Marks(Marks::STRONG)),
            Tag::Strikethrough => self.push(Look::Marks(Marks::STRIKE)),
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } => {
                self.lose_title(&title);
                let mail = if link_type == LinkType::Email {
                    "mailto:"
                } else {
                    ""
                };
                self.link(&format!("{mail}{dest_url}"));
            }
            Tag::Image { dest_url, title, .. } => {
                self.lose_title(&title);
                self.start_image(&dest_url);
            }
            _ => self.builder.end_paragraph(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => self.builder.set_heading(None),
            TagEnd::BlockQuote(_) => self.builder.close(Container::Quote),
            TagEnd::CodeBlock => self.builder.close_code(),
            TagEnd::List(_) => self.builder.close(Container::List),
            TagEnd::Item => self.builder.close(Container::Entry),
            TagEnd::Table => self.builder.close(Container::Table),
            TagEnd::TableHead | TagEnd::TableRow => self.builder.close(Container::Row),
            TagEnd::TableCell => self.builder.close(Container::Cell),
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link => self.pop(),
            TagEnd::Image => self.end_image(),
            TagEnd::HtmlBlock => self.html_block(),
            _ => {
                self.hidden = None;
                self.builder.end_paragraph();
            }
        }
    }

    fn text(&mut self, text: &str) {
        match &mut self.image {
            _ if self.hidden.is_some() => {}
            Some(image) => image.alt.push_str(text),
            None => self.builder.text(text),
        }
    }

    fn push(&mut self, look: Look) {
        self.looks.push(look);
        self.apply();
    }

    fn pop(&mut self) {
        self.looks.pop();
        self.apply();
    }

    fn apply(&mut self) {
        let mut marks = Marks::NONE;
        let mut link = None;
        for look in &self.looks {
            match look {
                Look::Marks(more) => marks = marks.with(*more),
                Look::Link(target) => link.clone_from(target),
            }
        }
        self.builder.look(marks, link);
    }

    fn open_code(&mut self, words: &str) {
        let mut words = words.split_whitespace();
        self.builder.open_code(words.next().unwrap_or_default());
        if words.next().is_some() {
            self.builder.lose(Loss::CodeDetails);
        }
    }

    fn lose_title(&mut self, title: &str) {
        if !title.is_empty() {
            self.builder.lose(Loss::Title);
        }
    }

    fn link(&mut self, target: &str) {
        let link = safe_link(target);
        if link.is_none() && !target.trim().is_empty() {
            self.builder.lose(Loss::Link);
        }
        self.push(Look::Link(link));
    }

    fn start_image(&mut self, source: &str) {
        match &mut self.image {
            Some(image) => image.depth += 1,
            None => {
                self.image = Some(Image {
                    source: source.to_owned(),
                    alt: String::new(),
                    depth: 0,
                });
            }
        }
    }

    fn end_image(&mut self) {
        match &mut self.image {
            Some(image) if image.depth > 0 => image.depth -= 1,
            _ => {
                if let Some(Image { source, alt, .. }) = self.image.take() {
                    self.builder.image(&source, &alt);
                }
            }
        }
    }

    fn html_block(&mut self) {
        let html = std::mem::take(&mut self.html);
        self.builder.end_paragraph();
        self.builder
            .within(|builder| from_html::read_into(&html, builder));
        self.apply();
    }

    /// One tag. What it says about looks is not followed; what it hides stays hidden until it ends.
    fn inline_html(&mut self, html: &str) {
        let name = html.trim_start_matches(['<', '/']).to_ascii_lowercase();
        let hiding = ["script", "style", "iframe", "title", "template"];
        let tag = hiding.into_iter().find(|hiding| name.starts_with(hiding));
        if self.hidden.is_some() {
            if html.starts_with("</") && tag == self.hidden {
                self.hidden = None;
            }
            return;
        }
        if !html.starts_with("</") {
            self.hidden = tag;
        }
        if !from_html::read_inline(html, &mut self.builder) && tag.is_none() && !html.starts_with("</") {
            self.builder.lose(Loss::Tag);
        }
        self.apply();
    }
}
