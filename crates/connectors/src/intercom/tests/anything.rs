//! Whatever comes, it ends without a panic.

use model::Source;
use proptest::prelude::*;
use serde_json::{Map, Value as Json};

use super::{super::object, *};

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
        "<[a-z]{1,3} src=.https://downloads.intercomcdn.com/\\PC{0,8}\\?signature=\\PC{0,5}"
            .prop_map(Json::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{0,12}Z?)?".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let key = prop_oneof![
            "[a-z]{1,4}",
            proptest::sample::select(vec![
                "id",
                "type",
                "name",
                "data",
                "body",
                "url",
                "author",
                "en",
                "notes",
                "conversation_parts",
                "ticket_parts",
                "total_count",
                "has_more",
                "parent_ids",
            ])
            .prop_map(str::to_owned),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            proptest::collection::vec((key, inner), 0..6)
                .prop_map(|all| Json::Object(all.into_iter().collect())),
        ]
    })
}

/// Names that mean something to some object.
fn names() -> Vec<&'static str> {
    let known = object::all().flat_map(|object| object.known.iter().map(|known| known.name));
    let whole = known.map(|name| name.split('.').next().unwrap());
    let more = [
        "interline",
        "conversation_parts",
        "ticket_parts",
        "linked_objects",
        "translated_content",
    ];
    let mut names: Vec<&str> = whole
        .chain(more)
        .chain(["notes", "id", "pages", "data", "statistics"])
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn record() -> impl Strategy<Value = Json> {
    let pair = (proptest::sample::select(names()), any_json());
    proptest::collection::vec(pair, 0..8).prop_map(|pairs| {
        let pairs = pairs.into_iter().map(|(name, json)| (name.to_owned(), json));
        Json::Object(pairs.collect::<Map<_, _>>())
    })
}

proptest! {
    #[test]
    fn any_object_shapes_and_is_taken_apart(json in record()) {
        let source = intercom(&scripted(vec![]));
        let raw = raw("1", &json.to_string());
        for object in object::all() {
            let name = ObjectName::new(object.name);
            source.shape(&name, &raw).unwrap();
            source.withheld(&name, &raw);
            source.is_whole(&name, &raw);
            for (name, raw) in source.within(&name, &raw).unwrap() {
                source.shape(&name, &raw).unwrap();
            }
        }
    }

    #[test]
    fn any_answer_is_a_page_or_a_fault(json in record(), status in prop_oneof![Just(200_u16), 400_u16..600]) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for object in object::all() {
            let answers = std::iter::repeat_n(Response::json_text(status, json.to_string()), 4);
            let source = intercom(&answering(answers));
            drop(runtime.block_on(source.read(&ask(object.name, Mode::Everything, None))));
        }
    }

    #[test]
    fn any_text_has_its_addresses_replaced_without_harm(text in "\\PC{0,60}") {
        let json = Json::from(format!("http{text}https://downloads.intercomcdn.com/{text}"));
        shaped("part", &format!(r#"{{"id":"1","body":{json}}}"#));
    }
}
