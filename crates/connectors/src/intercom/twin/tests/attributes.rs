//! Data attributes and conversation attributes.

use serde_json::json;

use super::{stand, texts};

#[test]
fn a_custom_value_needs_an_attribute() {
    let mut twin = stand(&[]);
    let body = json!({"external_id": "u", "custom_attributes": {"crm_id": "x"}});
    twin.refuses("POST /contacts", Some(body.clone()), "400 parameter_invalid");
    let made = json!({"name": "crm_id", "model": "contact", "data_type": "string"});
    let attribute = twin.did("POST /data_attributes", made.clone());
    assert_eq!(attribute["full_name"], "custom_attributes.crm_id");
    twin.refuses("POST /data_attributes", Some(made), "400 parameter_invalid");
    let contact = twin.did("POST /contacts", body);
    assert_eq!(contact["custom_attributes"], json!({"crm_id": "x"}));
    let wrong = json!({"external_id": "v", "custom_attributes": {"crm_id": true}});
    twin.refuses("POST /contacts", Some(wrong), "400 parameter_invalid");
    let line = format!("PUT /data_attributes/{}", attribute["id"]);
    assert_eq!(twin.did(&line, json!({"archived": true}))["archived"], true);
    let full = |twin: &mut super::Stand, line: &str| texts(&twin.get(line)["data"], "full_name");
    let name = "custom_attributes.crm_id".to_owned();
    assert!(!full(&mut twin, "GET /data_attributes?model=contact").contains(&name));
    assert!(
        full(
            &mut twin,
            "GET /data_attributes?model=contact&include_archived=true"
        )
        .contains(&name)
    );
    twin.refuses("PUT /data_attributes/1", Some(json!({})), "404 field_not_found");
    let unknown = json!({"name": "a", "model": "contact", "data_type": "colour"});
    twin.refuses(
        "POST /data_attributes",
        Some(unknown),
        "400 parameter_invalid Data Type isn't an option",
    );
}

#[test]
fn conversation_attributes_have_a_place_of_their_own_from_2_16_on() {
    let mut twin = stand(&[]);
    let line = "GET /data_attributes?model=conversation";
    twin.refuses(
        line,
        None,
        "422 parameter_invalid model=conversation is no longer supported",
    );
    let body = json!({"name": "Kind", "data_type": "list", "options": [{"label": "A"}, {"label": "B"}]});
    let made = twin.did("POST /conversations/attributes", body);
    assert_eq!(texts(&made["options"], "label"), ["A", "B"]);
    let one = format!("/conversations/attributes/{}", made["id"]);
    let more = twin.did(&format!("POST {one}/options"), json!({"label": "C"}));
    let option = more["options"][2]["id"].as_str().unwrap();
    let gone = twin.ask(&format!("DELETE {one}/options/{option}"), None).1;
    assert_eq!(gone["options"][2]["archived"], true);
    assert_eq!(twin.ask(&format!("DELETE {one}"), None).1["archived"], true);
    assert_eq!(twin.get("GET /conversations/attributes")["data"], json!([]));
    assert_eq!(
        texts(
            &twin.get("GET /conversations/attributes?include_archived=true")["data"],
            "name"
        ),
        ["Kind"]
    );
    twin.refuses(
        "GET /conversations/attributes/1",
        None,
        "404 conversation_attribute_not_found",
    );
    twin.version = "2.15";
    assert_eq!(
        texts(
            &twin.get(&format!("{line}&include_archived=true"))["data"],
            "name"
        ),
        ["Kind"]
    );
    twin.refuses(
        "GET /conversations/attributes",
        None,
        "400 intercom_version_invalid",
    );
}
