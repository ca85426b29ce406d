use proptest::prelude::*;

use super::*;

const UNTIL: &str = "2026-02-01T00:00:00Z";

fn series(after: Option<&str>, most: usize) -> Series {
    Series::new(after, UNTIL.parse().unwrap(), most)
}

/// What one company's measurements come to, as `metric value at before`, one after the other.
fn check(items: &[Json], expected: &[&str]) {
    let mut series = series(None, 100);
    items.iter().for_each(|item| series.add(item));
    let raws = series.raws();
    let records = raws
        .iter()
        .map(|raw| serde_json::from_str::<Json>(&raw.json).unwrap());
    let mut found = Vec::new();
    for record in records {
        for metric in record["metrics"].as_array().unwrap() {
            found.push(format!(
                "{} {} {} {} {}",
                record["_id"].as_str().unwrap(),
                metric["dimensionId"].as_str().unwrap(),
                metric["value"],
                metric["at"].as_str().unwrap(),
                metric.get("before").unwrap_or(&Json::Null),
            ));
        }
    }
    assert_eq!(found, expected, "{items:?}");
}

fn of(company: &str, metric: &str, time: &str, value: Json) -> Json {
    json!({"_id": time, "dimensionId": metric, "time": time, "value": value, "model": "Company", "companyId": company})
}

#[test]
fn the_last_value_is_kept_and_the_last_one_before_the_span() {
    let at = |time: &str, value: i64| of("c1", "logins", time, json!(value));
    check(
        &[
            at("2026-02-20", 7),
            at("2026-02-10", 5),
            at("2026-01-30", 3),
            at("2026-01-20", 2),
        ],
        &["c1 logins 7 2026-02-20T00:00:00Z 3"],
    );
    check(&[at("2026-02-20", 7)], &["c1 logins 7 2026-02-20T00:00:00Z null"]);
    // Measured no more: its value is known, its change is not.
    check(&[at("2026-01-30", 3)], &["c1 logins 3 2026-01-30T00:00:00Z null"]);
    check(
        &[at("2026-02-20", 7), at("2026-02-01", 4)],
        &["c1 logins 7 2026-02-20T00:00:00Z 4"],
    );
}

#[test]
fn a_measurement_is_read_in_every_shape_that_was_seen() {
    let seen = |item: Json, expected: &[&str]| check(&[item], expected);
    let base = |more: Json| {
        let mut item =
            json!({"_id": "m1", "dimensionId": "Cumulative Billable CPUs", "value": 1.50, "companyId": "c1"});
        item.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        item
    };
    let at = "c1 Cumulative Billable CPUs 1.5 2026-02-20T00:00:00Z null";
    seen(base(json!({"time": "2026-02-20T00:00:00.000Z"})), &[at]);
    seen(base(json!({"date": "2026-02-20"})), &[at]);
    seen(
        base(json!({"timestamp": {"value": "2026-02-20T00:00:00Z"}})),
        &[at],
    );
    seen(base(json!({"timestamp": "2026-02-20T00:00:00Z"})), &[at]);
    seen(base(json!({"day": 20_504})), &[at]);
    seen(base(json!({"time": null, "day": 20_504})), &[at]);
    seen(base(json!({"day": 20_504, "value": "1.5"})), &[at]);
    seen(
        base(json!({"day": 20_504, "companyId": null, "parentId": "c1", "model": "company"})),
        &[at],
    );
    // What is no measurement of a company is left out.
    for more in [
        json!({}),
        json!({"day": 20_504, "model": "Asset"}),
        json!({"day": 20_504, "model": "EndUser"}),
        json!({"day": 20_504, "value": null}),
        json!({"day": 20_504, "value": "many"}),
        json!({"day": 20_504, "dimensionId": " "}),
        json!({"day": 20_504, "companyId": null}),
        json!({"day": "soon"}),
    ] {
        seen(base(more), &[]);
    }
    seen(json!(7), &[]);
}

#[test]
fn names_are_known_of_all_companies() {
    let mut series = series(Some("c5"), 1);
    for (company, metric) in [("c1", "a"), ("c6", "b"), ("c7", "c")] {
        series.add(&of(company, metric, "2026-02-20", json!(1)));
    }
    assert_eq!(series.metrics().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(series.raws().len(), 1);
    assert!(series.has_more());
}

fn some_items() -> impl Strategy<Value = Vec<Json>> {
    let item = ((0_u8..12), (0_u8..4), (0_u8..60), (0_u16..500)).prop_map(|(company, metric, day, value)| {
        let id = format!("{day}-{value}");
        json!({"_id": id, "dimensionId": format!("m{metric}"), "day": 20_450 + u32::from(day), "value": value,
            "companyId": format!("c{company:02}")})
    });
    proptest::collection::vec(item, 0..150)
}

fn texts(raws: &[Raw]) -> Vec<String> {
    raws.iter().map(|raw| raw.json.clone()).collect()
}

proptest! {
    #[test]
    fn no_order_and_no_repetition_makes_a_difference(items in some_items(), seed in 0_usize..1_000) {
        let (mut one, mut other) = (series(None, 1_000), series(None, 1_000));
        items.iter().for_each(|item| one.add(item));
        for at in 0..items.len() {
            other.add(&items[(at * 7 + seed) % items.len()]);
        }
        items.iter().rev().for_each(|item| other.add(item));
        prop_assert_eq!(texts(&one.raws()), texts(&other.raws()));
    }

    #[test]
    fn several_passes_find_what_one_would(items in some_items(), most in 1_usize..20) {
        let mut whole = series(None, 1_000);
        items.iter().for_each(|item| whole.add(item));
        let (mut after, mut found) = (None::<String>, Vec::new());
        loop {
            let mut pass = series(after.as_deref(), most);
            items.iter().for_each(|item| pass.add(item));
            prop_assert!(pass.held <= most.max(4));
            let raws = pass.raws();
            found.extend(texts(&raws));
            match raws.last().filter(|_| pass.has_more()) {
                Some(last) => after = Some(last.id.to_string()),
                None => break,
            }
        }
        prop_assert_eq!(found, texts(&whole.raws()));
    }
}
