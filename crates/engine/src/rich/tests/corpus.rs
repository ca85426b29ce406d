//! Texts as people meet them, each with what becomes of it.
//!
//! A file of the corpus is a family of texts. A line `===== name` begins each; a reason after ` ~ ` says why a browser
//! shows that one otherwise than we do, and then only its safety and its way there and back are judged.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use super::{
    judge::{assert_harmless, see},
    *,
};

const MARK: &str = "===== ";

/// A text of the corpus.
struct Sample {
    name: String,
    /// Why a browser shows it otherwise.
    otherwise: Option<String>,
    text: String,
}

fn samples(text: &str) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix(MARK) {
            let (name, otherwise) = match name.trim_end().split_once(" ~ ") {
                Some((name, otherwise)) => (name, Some(otherwise.to_owned())),
                None => (name.trim_end(), None),
            };
            samples.push(Sample {
                name: name.to_owned(),
                otherwise,
                text: String::new(),
            });
        } else {
            samples.last_mut().unwrap().text.push_str(line);
        }
    }
    for sample in &mut samples {
        sample.text.pop();
    }
    samples
}

/// Judges each text of a folder, and compares what becomes of them with what is kept beside them.
fn check_all(folder: &str, from: &str, to: &str, judge: impl Fn(&Sample) -> String) -> usize {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("src/rich/corpus")
        .join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == from));
    paths.sort();
    let rewrite = std::env::var_os("INTERLINE_REWRITE").is_some();
    let mut count = 0;
    let mut failed = 0;
    for path in paths {
        let samples = samples(&fs::read_to_string(&path).unwrap());
        let judged = samples
            .iter()
            .map(|sample| catch_unwind(AssertUnwindSafe(|| judge(sample))));
        let judged: Vec<String> = judged.flatten().collect();
        failed += samples.len() - judged.len();
        let converted = judged.concat();
        let kept = path.with_extension(to);
        if rewrite {
            fs::write(&kept, &converted).unwrap();
        }
        assert_eq!(
            converted,
            fs::read_to_string(&kept).unwrap_or_default(),
            "{}",
            kept.display()
        );
        count += samples.len();
    }
    assert_eq!(failed, 0, "texts were judged badly, see above");
    count
}

/// The line that begins a text, and names what was left out of it.
fn headline(sample: &Sample, lost: &[Lost]) -> String {
    let lost: Vec<String> = lost
        .iter()
        .map(|lost| format!("{} {}", lost.times, lost.what))
        .collect();
    let left_out = if lost.is_empty() {
        String::new()
    } else {
        format!(" (left out: {})", lost.join(", "))
    };
    format!("{MARK}{}{left_out}\n", sample.name)
}

/// CommonMark as a reader other than ours shows it.
pub(super) fn render(text: &str) -> String {
    use pulldown_cmark::{Options, Parser, html::push_html};
    let mut out = String::new();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    push_html(&mut out, Parser::new_ext(text, options));
    out
}

/// Both forms are harmless, show what the source shows, and lead back to the same document.
fn judge(sample: &Sample, source: &RichText, shown: &str) -> (String, String, Vec<Lost>) {
    let name = &sample.name;
    let text = convert(source, RichFormat::CommonMark);
    let page = convert(source, RichFormat::Html);
    assert_eq!(text.lost, page.lost, "{name}");
    assert_harmless(&page.text, name);
    assert_harmless(&render(&text.text), name);
    let (document, _) = read(source);
    for again in [commonmark(&text.text), html(&page.text)] {
        assert_eq!(
            read(&again),
            (document.clone(), Vec::new()),
            "{name}\n{}",
            again.text
        );
    }
    assert_eq!(
        see(&render(&text.text)),
        see(&page.text),
        "{name}: our HTML against our CommonMark"
    );
    if sample.otherwise.is_none() {
        let mut seen = see(&page.text);
        let mut source = see(shown);
        if shown.contains("style=") {
            // Looks that only a style says are known to us, not to the judge.
            seen.marks.clear();
            source.marks.clear();
        }
        assert_eq!(
            seen, source,
            "{name}: what we show against the source\n{}",
            text.text
        );
    }
    (text.text, page.text, text.lost)
}

#[test]
fn html_comes_through() {
    let count = check_all("html", "html", "md", |sample| {
        let (text, _, lost) = judge(sample, &html(&sample.text), &sample.text);
        headline(sample, &lost) + &text + "\n"
    });
    assert!(count >= 270, "{count}");
}

#[test]
fn commonmark_comes_through() {
    let count = check_all("commonmark", "md", "html", |sample| {
        let (text, page, lost) = judge(sample, &commonmark(&sample.text), &render(&sample.text));
        headline(sample, &lost) + &page + "\n-----\n" + &text + "\n"
    });
    assert!(count >= 100, "{count}");
}
