//! The difference of two numbers, with the digits that people would write.

use model::Number;

/// How much greater the one is. Exact for as many digits as money has; a float's for the rest.
pub(super) fn difference(one: &Number, other: &Number) -> Option<Number> {
    exact(one.as_str(), other.as_str()).or_else(|| {
        let difference = one.to_f64()? - other.to_f64()?;
        Number::parse(&difference.to_string()).ok()
    })
}

fn exact(one: &str, other: &str) -> Option<Number> {
    let ((one, one_places), (other, other_places)) = (scaled(one)?, scaled(other)?);
    let places = one_places.max(other_places);
    let raise = |whole: i128, by: u32| whole.checked_mul(10_i128.checked_pow(by)?);
    let difference = raise(one, places - one_places)?.checked_sub(raise(other, places - other_places)?)?;
    Number::parse(&written(difference, places)).ok()
}

/// A decimal text without its point, and how many digits stood behind it.
fn scaled(text: &str) -> Option<(i128, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let places = u32::try_from(fraction.len()).ok()?;
    Some((format!("{whole}{fraction}").parse().ok()?, places))
}

fn written(number: i128, places: u32) -> String {
    let width = usize::try_from(places).unwrap_or_default();
    let digits = format!("{:0>1$}", number.unsigned_abs(), width.saturating_add(1));
    let (whole, fraction) = digits
        .split_at_checked(digits.len() - width)
        .unwrap_or((&digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let sign = if number < 0 { "-" } else { "" };
    match fraction {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(one: &str, other: &str, expected: &str) {
        let number = |text: &str| Number::parse(text).expect(text);
        let difference = difference(&number(one), &number(other)).expect(one);
        assert_eq!(difference.as_str(), expected, "{one} - {other}");
    }

    #[test]
    fn digits_are_those_that_people_would_write() {
        check("5", "3", "2");
        check("3", "5", "-2");
        check("0.3", "0.1", "0.2");
        check("1", "0.99", "0.01");
        check("-1.5", "-1.50", "0");
        check("10", "9.5", "0.5");
        check("0.05", "0.1", "-0.05");
        check("12345678901234567890.12", "0.02", "12345678901234567890.1");
        check("1e3", "1", "999");
        check("+7", "07", "0");
        check(".5", "0", "0.5");
    }

    proptest! {
        #[test]
        fn what_is_taken_away_and_added_is_as_before(one in -1_000_000_000_i64..1_000_000_000, other in -1_000_000_000_i64..1_000_000_000, places in 0_u32..9) {
            let number = |whole: i64| Number::parse(&written(i128::from(whole), places)).unwrap();
            let found = difference(&number(one), &number(other)).unwrap();
            prop_assert_eq!(found, number(one - other));
        }

        #[test]
        fn any_two_numbers_are_taken(one in "[+-]?[0-9]{1,60}(\\.[0-9]{0,60})?(e[+-]?[0-9]{1,3})?", other in "[0-9]{1,60}") {
            let _ = difference(&Number::parse(&one).unwrap(), &Number::parse(&other).unwrap());
        }
    }
}
