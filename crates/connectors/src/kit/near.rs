//! Which word was meant.

/// How many letters must be added, dropped or changed to turn one word into the other, as far as a word has a hundred.
pub(crate) fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, letter) in left.chars().take(100).enumerate() {
        let mut next = vec![above + 1];
        let pairs = row.iter().zip(row.iter().skip(1)).zip(&right);
        for ((diagonal, up), other) in pairs {
            let left = next.last().copied().unwrap_or(0);
            let change = diagonal + usize::from(letter != *other);
            next.push(change.min(up + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
