//! What a run can swear to, signed, and what is said of it once somebody altered it.

use std::fs;

use serde_json::{Value, json};

use crate::world::{World, records};

const COMPANIES: usize = 6;

/// The lines of a certificate's list that are about a pairing or an object.
fn line<'a>(certificate: &'a Value, list: &str, about: (&str, &str)) -> &'a Value {
    let lines = certificate[list].as_array().expect("a list").iter();
    let mut fitting = lines.filter(|line| line[about.0] == about.1);
    fitting.next().unwrap_or(&Value::Null)
}

#[test]
fn both_sides_are_summed_up_and_agree() {
    let world = World::new(COMPANIES, &[], &[]);
    let (code, run) = world.sync();
    assert_eq!(code, 0, "{run:#}");
    let certificate = &run["report"]["certificate"];
    let (left, right) = (records(&world.left), records(&world.right));
    let company = line(certificate, "objects", ("object", "company"));
    assert_eq!(company["vendor"], json!(left["company"].len()), "{company:#}");
    assert_eq!(company["known"]["n"], company["vendor"]);
    for contents in certificate["contents"].as_array().expect("contents") {
        assert_eq!(contents["agreed"], contents["right"], "{contents:#}");
        assert_eq!(contents["differ"], json!(0), "{contents:#}");
    }
    for relation in certificate["relations"].as_array().expect("relations") {
        assert_eq!(relation["agreed"], relation["right"], "{relation:#}");
    }
    let accounts = line(certificate, "contents", ("pairing", "company"));
    assert_eq!(accounts["right"]["n"], json!(right["account"].len()));
    // Each comment belongs to its conversation.
    let comments = line(certificate, "contents", ("pairing", "comment"));
    let belong = line(certificate, "relations", ("pairing", "comment"));
    assert!(comments["right"]["n"].as_u64() > Some(0), "{comments:#}");
    assert_eq!(belong["right"]["n"], comments["right"]["n"], "{belong:#}");
    let files = &certificate["files"];
    assert_eq!(files["compared"], files["equal"], "{files:#}");
    assert!(files["brought"]["n"].as_u64() > Some(0), "{files:#}");
    // A sync that changes nothing swears to the same.
    let (_, again) = world.sync();
    let again = &again["report"]["certificate"];
    for list in ["contents", "relations", "objects"] {
        assert_eq!(certificate[list], again[list], "{list}");
    }
}

#[test]
fn a_report_that_was_altered_is_found_out() {
    let world = World::new(2, &[], &[]);
    let (_, run) = world.sync();
    let id = run["id"].as_str().expect("a run has an id");
    let (code, report) = world.json(&["run", "report", id]);
    assert_eq!((code, &report), (0, &run));
    let path = world.folder().join("report.json");
    let verify = |report: &Value, more: &[&str]| {
        fs::write(&path, report.to_string()).unwrap();
        world.text(&[&["report", "verify", "report.json"], more].concat())
    };
    let (code, said) = verify(&report, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("HOLDS, and is as it was signed"), "{said}");
    let (_, key) = world.text(&["report", "key"]);
    let (code, _) = verify(&report, &["--key", key.trim()]);
    assert_eq!(code, 0);
    let (code, said) = verify(&report, &["--key", "00"]);
    assert_eq!((code, said.contains("another key")), (1, true), "{said}");
    let alterations: [(&str, Value, &str); 4] = [
        (
            "/report/certificate/holds",
            json!(false),
            "report.certificate.holds",
        ),
        (
            "/report/certificate/contents/0/right/n",
            json!(9_999),
            "contents.0",
        ),
        (
            "/report/certificate/files/bytes",
            json!(1),
            "report.certificate.files",
        ),
        (
            "/report/seal/signature",
            json!("00"),
            "bears a signature that was not made for it",
        ),
    ];
    for (pointer, value, names) in alterations {
        let mut altered = report.clone();
        *altered.pointer_mut(pointer).expect(pointer) = value;
        let (code, said) = verify(&altered, &[]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("ALTERED") && said.contains(names), "{said}");
    }
    for odd in [json!(7), json!({ "report": null })] {
        let (code, said) = verify(&odd, &[]);
        assert_eq!((code, said.contains("no signature")), (1, true), "{said}");
    }
    let (code, _) = world.text(&["report", "verify", "nowhere.json"]);
    assert_eq!(code, 2);
}
