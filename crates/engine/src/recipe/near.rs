//! The valid name that somebody probably meant.

/// The nearest of the names, if it is near enough to be meant.
pub(super) fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = wrong.to_lowercase();
    let far = |name: &str| distance(&folded, &name.to_lowercase());
    let near = names.into_iter().map(|name| (far(name), name)).min()?;
    let enough = (wrong.chars().count().max(near.1.chars().count()) / 3).max(1);
    (near.0 <= enough).then_some(near.1)
}

/// How many letters must be added, removed, changed or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut left = None;
    for (row, one) in from.chars().enumerate() {
        let mut costs = vec![row + 1];
        for (at, other) in to.iter().enumerate() {
            let cost = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let changed = cost(&last, at) + usize::from(one != *other);
            let mut least = changed.min(cost(&last, at + 1) + 1).min(cost(&costs, at) + 1);
            let swapped = at > 0 && left == Some(*other) && to.get(at - 1) == Some(&one);
            if swapped {
                least = least.min(cost(&before, at - 1) + 1);
            }
            costs.push(least);
        }
        left = Some(one);
        before = std::mem::replace(&mut last, costs);
    }
    last.last().copied().unwrap_or_default()
}
