//! Bodies as editors and mail programs write them, well and badly.

use super::{dice::Dice, words};

/// One way to write a body; what is put into the braces is a sentence.
const SHAPES: &[&str] = &[
    "<p>{}</p>",
    "<p>{}</p><p>{}</p><p>{}<br/>{}</p>",
    "<p>Numbers:</p><table border=\"1\"><thead><tr><th>Month</th><th align=right>Seats | used</th></tr></thead>\
     <tbody><tr><td>May</td><td>1&nbsp;024</td></tr><tr><td colspan=\"2\">{}<br>second line</td></tr>\
     <tr><td>June</td><td><ul><li>one</li><li>two</li></ul></td></tr></tbody></table><p>{}</p>",
    "<ul><li>{}<ol><li>{}</li><li>deeper<ul><li>deepest</li><li></li></ul></li></ol></li><li>{}</li></ul>",
    "<p>{}</p><pre><code class=\"language-sql\">select *\n  from orders\n where total &lt; 5 and name = '`x`';\n\n\
     -- ```</code></pre><p>and <code>a`b</code> inline</p>",
    "<p>See <a href=\"https://status.example.com/i?id=1&amp;x=(2)\" title='the \"page\"'>the <b>status</b> page</a>, \
     <a href=\"mailto:help@harborline.example\">write us</a> or <a href=\"javascript:alert(1)\">click</a>. {} \
     https://docs.example.com/a_b_c</p>",
    "<p>{}</p><img src=\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\" \
     alt=\"dot\"><p>{}</p>",
    "<div>{}<br><img alt=\"Screenshot [1]\" width=600 src=\"https://files.example.com/inline/9f2c.png?sig=a%2Fb\"></div>",
    "<div dir=\"ltr\">{}</div><br><div class=\"gmail_quote\"><div class=\"gmail_attr\">On Tue, 3 Mar 2020 at 14:02, Ann \
     &lt;<a href=\"mailto:ann@before.example\">ann@before.example</a>&gt; wrote:<br></div><blockquote class=\"gmail_quote\" \
     style=\"margin:0 0 0 .8ex;border-left:1px solid\"><p>{}</p><blockquote>{}</blockquote></blockquote>\
     <img src=\"https://api.planhat.com/files/5f1d7a8e9c3b2a0012345678/logo.png\" alt=\"Harborline\" width=96></div>",
    "<p>{}<b>never closed <i>nor this</p></div><p class=x id='y>{} a < b && c > d <br <p>tail &amp &copy; &#8364; &bogus;",
    "<style>p{color:red}</style><p onclick=\"alert('x')\">{}</p><script>document.write('<b>never</b>');</script>\
     <iframe src=\"https://evil.example/\"></iframe><!-- a comment --><p>{}</p>",
    "<p dir=\"rtl\" style=\"text-align:right\">نحتاج إلى نسخة من العقد (v2.0) قبل يوم 5/3.</p><p dir=\"rtl\">שלום, \
     הגרסה 2.0 עדיין לא עובדת.</p><p>{}</p>",
    "<h1>Agenda</h1><img alt='Harborline' src='https://api.planhat.com/files/5f1d7a8e9c3b2a0012345678/logo.png'>\
     <p><strong>{}</strong> <em>maybe</em> <s>old</s> <u>new</u> H<sub>2</sub>O x<sup>2</sup></p><hr/>\
     <h3>Next: {}</h3><blockquote>{}</blockquote>",
    "plain text, no tags\n{}\n\n* not_a_list *\n# not a heading\n1) {}\n| a | b |",
    "<p>👩‍👩‍👧‍👦 naïve café Z͑ͫ̓ͪ̂ͫ̽͏̴ 𝔘𝔫𝔦 \u{200b}zero\u{200d}width \u{202e}reversed\u{202c} &#x1F680;</p><p>{}</p>",
    "<div><div><div><div><span style=\"font-size:11.0pt;font-family:&quot;Calibri&quot;\"><o:p>&nbsp;</o:p>{}</span></div>\
     </div></div></div><p class=MsoNormal>{}</p>\
     <p><img src=\"https://api.planhat.com/files/{id}/screen.png\" alt=\"What I see\"></p>",
];

/// A body in one of the shapes; simple ones are as frequent as all others together.
pub(super) fn body(dice: &mut Dice) -> String {
    let simple = dice.one_in(2);
    let shape = dice.pick(if simple {
        SHAPES.get(..2).unwrap_or_default()
    } else {
        SHAPES
    });
    filled(shape, dice)
}

/// A thread that was quoted in whole with each answer until it had 60 KB.
pub(super) fn long_body(dice: &mut Dice) -> String {
    let mut body = String::from("<div>");
    while body.len() < 60 * 1024 {
        let shape = dice.pick(SHAPES.get(..9).unwrap_or_default());
        body.push_str("<blockquote>");
        body.push_str(&filled(shape, dice));
        body.push_str("</blockquote>");
    }
    body + "</div>"
}

fn filled(shape: &str, dice: &mut Dice) -> String {
    let mut parts = shape.split("{}");
    let mut body = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // Sentences hold `<` and `&` as they are: editors that forget to escape exist.
        body.push_str(dice.pick(words::SENTENCES));
        body.push_str(part);
    }
    if body.contains("{id}") {
        // People send the same screens again: a big workspace has more texts with pictures than pictures.
        let id = format!("5f1d7a8e{:016x}", dice.roll(200));
        body = body.replace("{id}", &id);
    }
    body
}

/// A subject: one in so many is empty, and one longer than any target takes.
pub(super) fn subject(dice: &mut Dice) -> Option<String> {
    match dice.roll(120) {
        0 | 1 => Some(String::new()),
        2 => None,
        3 => Some(dice.pick(words::SENTENCES).repeat(6)),
        4 => Some(format!(
            "{}\n  {}",
            dice.pick(words::SUBJECTS),
            dice.pick(words::SUBJECTS)
        )),
        _ => Some(dice.pick(words::SUBJECTS).to_owned()),
    }
}

/// The beginning of the text without its tags, and whether there is more.
pub(super) fn snippet(html: &str) -> (String, bool) {
    const LONGEST: usize = 250;
    let (mut text, mut rest) = (String::new(), html);
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let (name, after) = tag.split_once('>').unwrap_or((tag, ""));
        let hidden = ["script", "style"]
            .into_iter()
            .find(|hidden| name.starts_with(hidden));
        rest = hidden
            .and_then(|hidden| after.split_once(&format!("</{hidden}>")))
            .map_or(after, |(_, after)| after);
        if text.len() > LONGEST * 8 {
            break;
        }
    }
    text.push_str(rest);
    for (entity, plain) in [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, plain);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain = words.join(" ");
    let short: String = plain.chars().take(LONGEST).collect();
    let more = short.len() < plain.len();
    (short, more)
}
