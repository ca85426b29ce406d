//! Sample workspaces, and states that are kept.

use serde_json::Value;

use super::{Stand, stand, texts};
use crate::Sample;

fn filled(companies: usize) -> Stand {
    let mut twin = stand(&[]);
    let sample = Sample { companies, seed: 7 };
    let made = twin.twin.fill(&sample, twin.now).unwrap();
    assert!(made > companies * 4, "{made}");
    twin
}

fn saved(twin: &Stand) -> String {
    let mut out = Vec::new();
    twin.twin.save(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_workspace() {
    assert_eq!(saved(&filled(30)), saved(&filled(30)));
}

#[test]
fn a_kept_state_comes_back() {
    let twin = filled(30);
    let mut other = stand(&[]);
    other.twin.load(&mut saved(&twin).as_bytes()).unwrap();
    assert_eq!(saved(&other), saved(&twin));
    for object in twin.twin.objects() {
        let dump = |twin: &Stand| twin.twin.dump(object).unwrap().collect::<Vec<_>>();
        assert_eq!(dump(&other), dump(&twin), "{object}");
    }
    for bad in [
        "",
        "{}",
        "{\"twin\":\"intercom\",\"format\":1,\"numbers\":{}}\n{\"t\":\"x\"}",
    ] {
        assert!(other.twin.load(&mut bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn a_sample_has_every_kind_of_oddity() {
    let mut twin = filled(40);
    let all = |twin: &Stand, object: &str| -> Vec<Value> {
        let lines = twin.twin.dump(object).unwrap();
        lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
    };
    let contacts = all(&twin, "contact");
    let some = |test: &dyn Fn(&Value) -> bool| contacts.iter().any(test);
    assert!(some(&|contact| contact["role"] == "lead"));
    assert!(some(
        &|contact| contact["companies"]["has_more"] == true && contact["tags"]["has_more"] == true
    ));
    assert!(some(&|contact| contact["companies"]["total_count"] == 2));
    assert!(some(&|contact| contact["name"].is_null()));
    let companies = all(&twin, "company");
    assert!(companies.iter().any(|company| company["user_count"] == 0));
    assert!(companies.iter().any(|company| company["company_id"].is_null()));
    assert!(all(&twin, "admin").len() > twin.get("GET /admins")["admins"].as_array().unwrap().len());
    assert_eq!(
        texts(&twin.get("GET /teams")["teams"], "name"),
        ["Support", "Escalations", "Success"]
    );
    let count = twin.get("GET /contacts")["total_count"].as_u64().unwrap();
    assert!(usize::try_from(count).unwrap() < contacts.len());
}
