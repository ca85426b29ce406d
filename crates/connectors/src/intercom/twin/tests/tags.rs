//! Tags and what they hang on; admins.

use serde_json::json;

use super::{stand, texts};

#[test]
fn a_tag_is_made_once_whatever_the_case() {
    let mut twin = stand(&[]);
    let made = twin.did("POST /tags", json!({"name": "Billing"}));
    assert_eq!(made["name"], "Billing");
    let again = twin.did("POST /tags", json!({"name": "billing"}));
    assert_eq!(again["id"], made["id"]);
    let renamed = twin.did("POST /tags", json!({"id": made["id"], "name": "Money"}));
    assert_eq!((&renamed["id"], &renamed["name"]), (&made["id"], &json!("Money")));
    assert_eq!(texts(&twin.get("GET /tags")["data"], "name"), ["Money"]);
    twin.refuses(
        "POST /tags",
        Some(json!({})),
        "400 parameter_invalid invalid tag parameters",
    );
    twin.refuses("GET /tags/9", None, "404 not_found Resource Not Found");
}

#[test]
fn tags_hang_on_companies_and_contacts() {
    let mut twin = stand(&[]);
    let company = twin.did("POST /companies", json!({"company_id": "c1", "name": "One"}));
    let contact = twin.did("POST /contacts", json!({"external_id": "u1"}));
    let id = contact["id"].as_str().unwrap();
    let tag = twin.did(
        "POST /tags",
        json!({"name": "vip", "companies": [{"company_id": "c1"}]}),
    );
    assert_eq!(tag["companies"][0]["tagged"], true);
    let tag_id = tag["id"].as_str().unwrap();
    let of_tag = format!("GET /companies?tag_id={tag_id}");
    assert_eq!(texts(&twin.get(&of_tag)["data"], "company_id"), ["c1"]);
    twin.did(&format!("POST /contacts/{id}/tags"), json!({"id": tag_id}));
    let shown = twin.get(&format!("GET /contacts/{id}"));
    assert_eq!(
        shown["tags"]["data"],
        json!([{"type": "tag", "id": tag_id, "url": format!("/tags/{tag_id}")}])
    );
    let tags = twin.get(&format!("GET /contacts/{id}/tags"));
    assert_eq!(texts(&tags["data"], "name"), ["vip"]);
    let off = json!({"name": "vip", "companies": [{"id": company["id"], "untag": true}]});
    twin.did("POST /tags", off);
    assert_eq!(twin.get(&of_tag)["total_count"], 0);
    assert_eq!(twin.ask(&format!("DELETE /tags/{tag_id}"), None).0, 200);
    assert_eq!(twin.get(&format!("GET /contacts/{id}"))["tags"]["total_count"], 0);
}

#[test]
fn admins_are_listed_and_go_away() {
    let mut twin = stand(&[]);
    let me = twin.get("GET /me");
    assert_eq!(me["app"]["region"], "US");
    let list = twin.get("GET /admins");
    assert_eq!(list["type"], "admin.list");
    assert_eq!(texts(&list["admins"], "id"), [me["id"].as_str().unwrap()]);
    let line = format!("PUT /admins/{}/away", me["id"].as_str().unwrap());
    let away = json!({"away_mode_enabled": true, "away_mode_reassign": false});
    assert_eq!(twin.did(&line, away)["away_mode_enabled"], true);
    twin.refuses("GET /admins/5", None, "404 admin_not_found Admin not found");
    twin.refuses("GET /teams/5", None, "404 team_not_found Team not found");
    twin.refuses("GET /admins/activity_logs", None, "400 parameter_not_found");
    twin.get("GET /admins/activity_logs?created_at_after=1");
}
