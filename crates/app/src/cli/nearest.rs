//! Which name was meant.

/// A hint that names the nearest of these names, or all of them if none is near.
pub fn hint(wrong: &str, what: &str, names: &[&str]) -> String {
    if names.is_empty() {
        return format!("there is no {what} yet");
    }
    let nearest = names
        .iter()
        .map(|name| (distance(wrong, name), name))
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((distance, name)) if distance <= 1 + wrong.chars().count() / 3 => {
            format!("did you mean `{name}`?")
        }
        _ if names.len() == 1 => format!("there is only {}", names.join(", ")),
        _ => format!("there are {}", names.join(", ")),
    }
}

/// How many letters must be added, removed or changed, case apart.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.to_lowercase().chars().enumerate() {
        let mut next = vec![line + 1];
        for ((other, above), above_left) in to.iter().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or_default();
            let changed = above_left + usize::from(*other != letter);
            next.push(changed.min(left + 1).min(above + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered() {
        let check = |wrong: &str, names: &[&str], expected: &str| {
            assert_eq!(hint(wrong, "import", names), expected);
        };
        check("planhatt", &["planhat", "devrev"], "did you mean `planhat`?");
        check("DevRve", &["planhat", "devrev"], "did you mean `devrev`?");
        check("salesforce", &["planhat", "devrev"], "there are planhat, devrev");
        check("acme", &[], "there is no import yet");
    }
}
