//! Collections and articles.

use serde_json::{Value, json};

use super::{
    Stand,
    furnished::{ADA, furnished},
};

fn collection(twin: &mut Stand, name: &str, parent: Option<&str>) -> String {
    let mut body = json!({"name": name, "description": "d"});
    if let Some(parent) = parent {
        body["parent_id"] = json!(parent);
    }
    twin.did("POST /help_center/collections", body)["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn article(twin: &mut Stand, more: Value) -> Value {
    let author: u64 = ADA.parse().unwrap();
    let mut body = json!({"title": "T", "author_id": author, "body": "Hello", "state": "published"});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    twin.did("POST /articles", body)
}

#[test]
fn collections_lie_within_one_another() {
    let mut twin = furnished(&[]);
    let top = collection(&mut twin, "Top", None);
    let inner = collection(&mut twin, "Inner", Some(&top));
    let deep = collection(&mut twin, "Deep", Some(&inner));
    let shown = twin.get(&format!("GET /help_center/collections/{inner}"));
    assert_eq!(
        (&shown["parent_id"], &shown["help_center_id"]),
        (&json!(top), &Value::Null)
    );
    assert!(twin.get(&format!("GET /help_center/collections/{top}"))["help_center_id"].is_u64());
    let refused = Some(json!({"name": "Too deep", "parent_id": deep}));
    twin.refuses("POST /help_center/collections", refused, "400 parameter_invalid");
    let loops = Some(json!({"parent_id": inner}));
    twin.refuses(
        &format!("PUT /help_center/collections/{top}"),
        loops,
        "400 parameter_invalid",
    );
    twin.refuses(
        "POST /help_center/collections",
        Some(json!({})),
        "400 parameter_not_found Name is a required",
    );
    let list = twin.get("GET /help_center/collections?per_page=2");
    assert_eq!(
        (&list["total_count"], list["data"].as_array().unwrap().len()),
        (&json!(3), 2)
    );
    let page = article(&mut twin, json!({"parent_id": deep.parse::<u64>().unwrap()}));
    twin.get(&format!("DELETE /help_center/collections/{inner}"));
    twin.refuses(
        &format!("GET /help_center/collections/{deep}"),
        None,
        "404 not_found",
    );
    let page = twin.get(&format!("GET /articles/{}", page["id"].as_str().unwrap()));
    assert_eq!(page["parent_ids"], json!([]));
}

#[test]
fn an_article_has_its_text_in_each_language() {
    let mut twin = furnished(&[]);
    let one = article(&mut twin, json!({}));
    assert_eq!(one["body"], "<p class=\"no-margin\">Hello</p>");
    assert!(one.get("translated_content").is_none());
    assert_eq!(one["statistics"]["type"], "article_statistics");
    let french =
        json!({"fr": {"title": "Titre", "body": "<p>Bonjour</p>", "author_id": 991002, "state": "draft"}});
    let id = one["id"].as_str().unwrap().to_owned();
    twin.wait(1);
    let two = twin.did(
        &format!("PUT /articles/{id}"),
        json!({"translated_content": french}),
    );
    let content = &two["translated_content"];
    assert_eq!(content["fr"]["title"], "Titre");
    assert_eq!(content["fr"]["url"], Value::Null);
    assert_eq!(content["en"]["title"], "T");
    assert_eq!(two["default_locale"], "en");
    let odd = json!({"translated_content": {"xx": {"title": "?"}}});
    twin.refuses(
        &format!("PUT /articles/{id}"),
        Some(odd),
        "400 parameter_invalid Unknown locale",
    );
}

#[test]
fn lists_have_no_statistics_and_begin_with_the_last_change() {
    let mut twin = furnished(&[]);
    let first = article(&mut twin, json!({"title": "One"}));
    twin.wait(1);
    article(&mut twin, json!({"title": "Two", "state": "draft"}));
    twin.wait(1);
    twin.did(
        &format!("PUT /articles/{}", first["id"].as_str().unwrap()),
        json!({"description": "new"}),
    );
    let list = twin.get("GET /articles?per_page=1");
    assert_eq!(
        (&list["total_count"], &list["data"][0]["title"]),
        (&json!(2), &json!("One"))
    );
    assert!(list["data"][0].get("statistics").is_none());
    let next = list["pages"]["next"].as_str().unwrap();
    assert!(next.contains("/articles?per_page=1&page=2"), "{next}");
    let list = twin.get("GET /articles?per_page=1&page=2");
    assert_eq!(
        (&list["data"][0]["state"], &list["data"][0]["url"]),
        (&json!("draft"), &Value::Null)
    );
    let list = twin.get("GET /articles/search?phrase=hello&state=published&highlight=true");
    assert_eq!(list["total_count"], 1);
    assert_eq!(
        list["data"]["highlights"][0]["highlighted_summary"][0][0]["type"],
        "highlight"
    );
}

#[test]
fn versions_differ_in_the_parent() {
    let mut twin = furnished(&[]);
    let top = collection(&mut twin, "Top", None).parse::<u64>().unwrap();
    let made = article(&mut twin, json!({"parent_id": top, "parent_type": "collection"}));
    assert_eq!(made["parent_ids"], json!([top]));
    assert!(made.get("parent_id").is_none());
    twin.version = "2.14";
    let shown = twin.get(&format!("GET /articles/{}", made["id"].as_str().unwrap()));
    assert_eq!(
        (&shown["parent_id"], &shown["parent_type"]),
        (&json!(top), &json!("collection"))
    );
    assert!(shown.get("body_markdown").is_none());
}

#[test]
fn what_is_no_article_is_refused() {
    let mut twin = furnished(&[]);
    twin.refuses(
        "POST /articles",
        Some(json!({"title": "T"})),
        "400 parameter_not_found author_id must be",
    );
    twin.refuses(
        "POST /articles",
        Some(json!({"author_id": 991001})),
        "400 parameter_not_found Title",
    );
    twin.refuses(
        "POST /articles",
        Some(json!({"title": "T", "author_id": 5})),
        "404 admin_not_found",
    );
    twin.refuses("GET /articles/99", None, "404 not_found Resource Not Found");
}

#[test]
fn a_draft_waits_until_it_is_published() {
    let mut twin = furnished(&[]);
    let made = article(&mut twin, json!({}));
    let id = made["id"].as_str().unwrap().to_owned();
    twin.refuses(&format!("GET /articles/{id}/draft"), None, "404 not_found");
    twin.did(&format!("PUT /articles/{id}/draft"), json!({"title": "New"}));
    let shown = twin.get(&format!("GET /articles/{id}"));
    assert_eq!(
        (&shown["title"], &shown["has_unpublished_changes"]),
        (&json!("T"), &json!(true))
    );
    assert_eq!(twin.get(&format!("GET /articles/{id}/draft"))["title"], "New");
    assert_eq!(
        twin.did(&format!("POST /articles/{id}/draft/publish"), json!({}))["title"],
        "New"
    );
    assert_eq!(
        twin.get(&format!("GET /articles/{id}"))["has_unpublished_changes"],
        false
    );
    let gone = twin.get(&format!("DELETE /articles/{id}"));
    assert_eq!(gone, json!({"id": id, "object": "article", "deleted": true}));
}
