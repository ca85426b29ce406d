//! A help center in three languages: collections within collections, and articles.

use serde_json::{Map, Value, json};

use super::{
    super::{
        articles::ARTICLES,
        collections::{COLLECTIONS, new_center, slug},
        files,
        state::{Record, State},
    },
    World,
};

const DAY: i64 = 86_400;
/// Collections: the name, and the place of the one that it lies in.
const TREE: &[(&str, Option<usize>)] = &[
    ("Getting started", None),
    ("Billing & invoices", None),
    ("API", None),
    ("First steps", Some(0)),
    ("Import your data", Some(0)),
    ("From spreadsheets", Some(4)),
    ("Taxes", Some(1)),
    ("Empty for now", None),
];
const TITLES: &[&str] = &[
    "Getting started",
    "How do I import contacts?",
    "Read an invoice",
    "Authentication & tokens",
    "Rate limits <explained>",
    "Change your plan",
    "Two-factor login",
    "Webhooks: what you get, and when",
];

/// How many records there are then.
pub(super) fn fill(state: &mut State, world: &World, companies: usize) -> usize {
    let began = world.now - 800 * DAY;
    let center = new_center(state, "Twin Help", "twin-help", &["en", "fr", "de"], began);
    let collections = collections(state, world, &center);
    let articles = (8 + companies / 2).min(2_000);
    for place in 0..articles {
        let record = article(state, world, &collections, place);
        state.put(ARTICLES, record);
    }
    1 + collections.len() + articles
}

fn collections(state: &mut State, world: &World, center: &str) -> Vec<u64> {
    let mut made: Vec<u64> = Vec::new();
    for (place, (name, parent)) in TREE.iter().enumerate() {
        let id = state.next("collection", 150);
        let parent = parent.and_then(|parent| made.get(parent)).map(u64::to_string);
        let center = center.parse::<u64>().ok().filter(|_| parent.is_none());
        let at = world.now - (300 - place as i64) * DAY;
        let record = json!({
            "id": id.to_string(), "name": name, "description": format!("All about {}", name.to_lowercase()),
            "created_at": at, "updated_at": at, "icon": "book-bookmark", "order": place + 1, "default_locale": "en",
            "parent_id": parent, "help_center_id": center,
            "url": format!("https://intercom.help/twin-help/en/collections/{id}-{}", slug(name)),
            "translations": {
                "en": {"name": name, "description": format!("All about {}", name.to_lowercase())},
                "fr": {"name": format!("{name} (fr)"), "description": "En français"},
                "de": {"name": format!("{name} (de)"), "description": "Auf Deutsch"},
            },
        });
        put(state, COLLECTIONS, record);
        made.push(id);
    }
    made
}

fn put(state: &mut State, table: &str, record: Value) {
    if let Value::Object(record) = record {
        state.put(table, record);
    }
}

fn article(state: &mut State, world: &World, collections: &[u64], place: usize) -> Record {
    let mut chance = world.chance(3, place);
    let id = state.next("article", 30);
    let title = match place {
        0..8 => TITLES.get(place).copied().unwrap_or("").to_owned(),
        _ => format!("{} ({place})", chance.pick(TITLES)),
    };
    let made = world.now - (400 - place as i64 % 300) * DAY;
    let changed = (made + chance.roll(90) as i64 * DAY).min(world.now - 60);
    let is_draft = place % 5 == 3;
    let author: u64 = match place % 9 {
        5 => world.removed,
        _ => chance.pick(&world.admins),
    };
    let texts = |locale: &str, is_draft: bool| {
        json!({
            "title": titled(&title, locale), "description": described(locale), "body": body(locale, place, id),
            "author_id": author, "state": if is_draft { "draft" } else { "published" },
            "created_at": made, "updated_at": changed,
        })
    };
    let mut translations = Map::new();
    translations.insert("en".to_owned(), texts("en", is_draft));
    if place % 4 != 2 {
        translations.insert("fr".to_owned(), texts("fr", place % 4 == 1));
        translations.insert("de".to_owned(), texts("de", is_draft));
    }
    let parent = match place % 10 {
        9 => None,
        _ => collections.get(place % (collections.len().max(2) - 1)),
    };
    let mut record = Record::new();
    let mut put = |name: &str, value: Value| record.insert(name.to_owned(), value);
    put("id", json!(id.to_string()));
    put("created_at", json!(made));
    put("updated_at", json!(changed));
    put("default_locale", json!("en"));
    put("parent_id", json!(parent));
    put("translations", Value::Object(translations));
    put(
        "statistics",
        json!({
            "type": "article_statistics", "views": place * 7, "conversations": place % 9, "reactions": place % 5,
            "happy_reaction_percentage": 50.5, "neutral_reaction_percentage": 25, "sad_reaction_percentage": 24.5,
        }),
    );
    record
}

fn titled(title: &str, locale: &str) -> String {
    match locale {
        "fr" => format!("« {title} » expliqué"),
        "de" => format!("{title} – erklärt"),
        _ => title.to_owned(),
    }
}

fn described(locale: &str) -> &'static str {
    match locale {
        "fr" => "Tout ce qu’il faut savoir",
        "de" => "Was man wissen muss",
        _ => "What there is to know",
    }
}

/// Texts with everything that an editor makes.
fn body(locale: &str, place: usize, id: u64) -> String {
    let opening = match locale {
        "fr" => "<p class=\"no-margin\">Voici comment faire, étape par étape&nbsp;:</p>",
        "de" => "<p class=\"no-margin\">So geht es, Schritt für Schritt – größer &amp; schöner:</p>",
        _ => "<p class=\"no-margin\">This is how it works, step by step:</p>",
    };
    let mut body = opening.to_owned();
    let mut add = |html: &str| body.push_str(html);
    add(
        "<h2 id=\"h_1\">One</h2><ol><li><p class=\"no-margin\">Open <b>Settings</b></p></li><li><p>Click <i>Save</i></p><ul><li>twice</li></ul></li></ol>",
    );
    if place.is_multiple_of(2) {
        add(
            "<div class=\"intercom-interblocks-table-container\"><table role=\"presentation\"><tbody><tr><td><p>Plan</p></td><td><p>Seats</p></td></tr>\
             <tr><td><p>Free</p></td><td><p>3 | 5</p></td></tr><tr><td colspan=\"2\"><p>ask us</p></td></tr></tbody></table></div>",
        );
    }
    if place.is_multiple_of(3) {
        add(
            "<pre><code>curl -H \"Authorization: Bearer &lt;token&gt;\" \\\n  https://api.example.com/v1?a=1&amp;b=2\n</code></pre>",
        );
    }
    if place % 2 == 1 || place == 0 {
        add(&files::image(
            &format!("pa{place:x}{}", locale.len()),
            &format!("step {place}.png"),
        ));
        // The same picture stands in every language.
        add(&files::image(&format!("pshared{place:x}"), "logo.png"));
    }
    if place.is_multiple_of(4) {
        add(&format!(
            "<p>See also <a href=\"https://intercom.help/twin-help/{locale}/articles/{}-getting-started\">this article</a>.</p>",
            if id > 31 { id - 1 } else { 31 }
        ));
    }
    if place.is_multiple_of(5) {
        add(&format!(
            "<p>{}</p>",
            files::link(&format!("ta{place:x}"), "prices.csv")
        ));
        add(
            "<div class=\"intercom-interblocks-callout\" style=\"background-color:#feedafcc\"><p class=\"no-margin\">Mind the gap!</p></div>",
        );
    }
    if place.is_multiple_of(6) {
        add(
            "<div class=\"intercom-container\"><iframe src=\"https://www.youtube.com/embed/abc123\" allowfullscreen></iframe></div><hr>",
        );
    }
    body
}
