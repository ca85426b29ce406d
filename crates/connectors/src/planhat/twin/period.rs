//! How many months lie between two dates, and what monthly, yearly and whole amounts have to do with each other.

use jiff::{Unit, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::{
    prose,
    record::{FieldMap, Scene, number, number_of, text_of},
};

/// The months from a record's first date to its last, part months as a share of their days.
pub(super) fn months(record: &FieldMap) -> Option<f64> {
    let date = |name: &str| -> Option<Date> {
        let time = prose::time(record.get(name)?)?;
        Some(time.to_zoned(TimeZone::UTC).date())
    };
    let (from, mut to) = (date("fromDate")?, date("toDate")?);
    if record.get("toDateIncluded") == Some(&Value::Bool(true)) {
        to = to.tomorrow().ok()?;
    }
    if to <= from {
        return None;
    }
    let span = from.until((Unit::Month, to)).ok()?;
    let share = f64::from(span.get_days()) / f64::from(to.first_of_month().yesterday().ok()?.days_in_month());
    Some(((f64::from(span.get_months()) + share) * 100.0).round() / 100.0)
}

/// Works out whichever of `mrr`, `arr` and `value` follows from what was sent.
pub(super) fn settle_amounts(scene: &Scene<'_>, record: &mut FieldMap, length: Option<f64>) {
    let gives = |name: &str| scene.given.get(name).is_some_and(|value| !value.is_null());
    if gives("arr")
        && !gives("mrr")
        && let Some(arr) = number_of(record, "arr")
    {
        record.insert("mrr".to_owned(), number(arr / 12.0));
    }
    if let Some(length) = length {
        let by_month = gives("mrr") || gives("arr");
        let of_month = number_of(record, "mrr");
        let whole = number_of(record, "value");
        match (of_month, whole) {
            (_, Some(value)) if gives("value") && !by_month => {
                record.insert("mrr".to_owned(), number(value / length));
            }
            (Some(mrr), _) if !gives("value") => {
                record.insert("value".to_owned(), number(mrr * length));
            }
            _ => {}
        }
    }
    if let Some(mrr) = number_of(record, "mrr").filter(|_| !gives("arr") || gives("mrr")) {
        record.insert("arr".to_owned(), number(mrr * 12.0));
    }
}

/// Whether a record's span of dates holds a day; without an end it goes on.
pub(super) fn holds(record: &FieldMap, day: i64) -> bool {
    let date = |name: &str| text_of(record, name).and_then(|date| prose::day(&date));
    date("fromDate").is_none_or(|from| from <= day) && date("toDate").is_none_or(|to| day <= to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planhat::twin::record::object;

    #[test]
    fn months_are_counted() {
        for (from, to, included, length) in [
            ("2019-12-11", "2020-12-11", false, Some(12.0)),
            ("2020-01-01", "2020-12-31", true, Some(12.0)),
            ("2020-01-01", "2020-01-16", false, Some(0.48)),
            ("2020-01-15", "2020-02-15", false, Some(1.0)),
            ("1969-12-31", "2069-12-31", false, Some(1200.0)),
            ("2020-01-01", "2020-01-01", false, None),
            ("2020-01-01", "2019-01-01", false, None),
            ("soon", "2019-01-01", false, None),
        ] {
            let record = format!(r#"{{"fromDate":"{from}","toDate":"{to}","toDateIncluded":{included}}}"#);
            assert_eq!(months(&object(&record)), length, "{record}");
        }
    }
}
