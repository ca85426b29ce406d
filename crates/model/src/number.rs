//! A number with the vendor's digits: no value changes because it passed through a float.

use std::{cmp::Ordering, fmt, hash};

use serde::{Deserialize, Serialize};

/// A decimal number kept as the text a vendor sent; equal numbers are equal however they are written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Number(Box<str>);

/// The text is not a decimal number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number")]
pub struct NotANumber;

impl Number {
    /// Reads a JSON-style decimal number, exponent included.
    pub fn parse(text: &str) -> Result<Self, NotANumber> {
        let text = text.trim();
        split(text).map(|_| Self(text.into())).ok_or(NotANumber)
    }

    /// The digits as the vendor sent them.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest float; for estimates and comparisons with floats only.
    pub fn to_f64(&self) -> Option<f64> {
        self.0.parse().ok()
    }

    /// The whole number, if it is one that fits.
    pub fn to_i64(&self) -> Option<i64> {
        let form = self.form();
        let zeros = usize::try_from(form.exponent).ok().filter(|zeros| *zeros <= 18)?;
        let digits = format!("{}{}", form.digits, "0".repeat(zeros));
        let digits = if digits.is_empty() { "0" } else { digits.as_str() };
        format!("{}{digits}", if form.negative { "-" } else { "" })
            .parse()
            .ok()
    }

    fn form(&self) -> Form {
        split(&self.0).unwrap_or_default()
    }
}

/// Sign, significant digits without zeros at either end, and the power of ten that follows.
#[derive(Default, PartialEq, Eq, Hash)]
struct Form {
    negative: bool,
    digits: String,
    exponent: i64,
}

fn split(text: &str) -> Option<Form> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (rest.get(..at)?, rest.get(at + 1..)?.parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    let digits = significant.trim_end_matches('0');
    if digits.is_empty() {
        return Some(Form::default());
    }
    let trailing = i64::try_from(significant.len() - digits.len()).ok()?;
    let exponent = exponent
        .checked_sub(i64::try_from(fraction.len()).ok()?)?
        .checked_add(trailing)?;
    Some(Form {
        negative,
        digits: digits.to_owned(),
        exponent,
    })
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.form() == other.form()
    }
}

impl Eq for Number {}

impl hash::Hash for Number {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.form().hash(state);
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other {
            return Ordering::Equal;
        }
        let (left, right) = (self.to_f64().unwrap_or(0.0), other.to_f64().unwrap_or(0.0));
        left.total_cmp(&right).then_with(|| self.0.cmp(&other.0))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Number {
    type Error = NotANumber;

    fn try_from(text: String) -> Result<Self, NotANumber> {
        Self::parse(&text)
    }
}

impl From<Number> for String {
    fn from(number: Number) -> Self {
        number.0.into()
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number.to_string().into())
    }
}

impl From<&serde_json::Number> for Number {
    fn from(number: &serde_json::Number) -> Self {
        Self(number.to_string().into())
    }
}

impl From<&Number> for serde_json::Value {
    fn from(number: &Number) -> Self {
        match number.as_str().parse::<serde_json::Number>() {
            Ok(parsed) => Self::Number(parsed),
            // `+5`, `.5` and `05` are numbers to us and not to JSON.
            Err(_) => number
                .to_f64()
                .and_then(serde_json::Number::from_f64)
                .map_or(Self::Null, Self::Number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_are_equal_however_they_are_written() {
        for (left, right) in [
            ("1", "1.0"),
            ("1e2", "100"),
            ("-0", "0"),
            ("0.10", "1e-1"),
            ("12300", "1.23E4"),
        ] {
            assert_eq!(Number::parse(left), Number::parse(right), "{left} {right}");
        }
    }

    #[test]
    fn different_numbers_differ_beyond_a_floats_reach() {
        for (left, right) in [
            ("9007199254740993", "9007199254740992"),
            ("1", "-1"),
            ("0.1", "0.10000000000000001"),
        ] {
            assert_ne!(Number::parse(left), Number::parse(right), "{left} {right}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["", "-", ".", "1e", "abc", "1.2.3", "0x10", "NaN", "1 2"] {
            assert_eq!(Number::parse(text), Err(NotANumber), "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_found_in_any_writing() {
        for (text, whole) in [
            ("42", Some(42)),
            ("4.2e1", Some(42)),
            ("-7.0", Some(-7)),
            ("0", Some(0)),
            ("1.5", None),
        ] {
            assert_eq!(Number::parse(text).expect(text).to_i64(), whole, "{text}");
        }
    }
}
