//! Which kinds turn into which others, judged by the kinds alone.

use model::{FieldKind, ObjectName};

/// Whether values of one kind can be said in another; a text that does not say such a value is a misfit.
pub fn turns_into(from: &FieldKind, to: &FieldKind) -> bool {
    use FieldKind::{
        Bool, Choice, Date, File, Instant, Integer, Json, List, Number, Person, Ref, RefAny, Rich, Text,
        Visibility,
    };
    match (from, to) {
        (_, Json) | (Text { .. } | Choice { .. } | Json, _) => true,
        (List(from), List(to)) => turns_into(from, to),
        (from, List(to)) => turns_into(from, to),
        // Of several references the first that is there counts.
        (List(from), to) => {
            matches!(to, Text { .. } | Rich { .. } | Ref { .. } | RefAny { .. }) && turns_into(from, to)
        }
        (
            Bool
            | Number
            | Integer
            | Instant
            | Date
            | Rich { .. }
            | Ref { .. }
            | RefAny { .. }
            | Person
            | File,
            Text { .. } | Rich { .. },
        ) => true,
        (Integer | Number, Integer | Number) | (Instant | Date, Instant | Date) => true,
        (Ref { .. } | RefAny { .. }, Ref { .. } | RefAny { .. })
        | (Bool, Bool)
        | (Person, Person)
        | (File, File) => true,
        (Visibility, Visibility | Text { .. }) => true,
        _ => false,
    }
}

/// Whether a field of the second kind takes every value of the first and shows it whole. Limits of length and words of
/// lists are left out: those grow.
pub fn always_fits(from: &FieldKind, to: &FieldKind) -> bool {
    use FieldKind::{Bool, Choice, Date, Instant, Integer, Json, List, Number, Ref, RefAny, Rich, Text};
    match (from, to) {
        (_, Json) => true,
        (List(from), List(to)) => always_fits(from, to),
        (List(_), _) => false,
        (from, List(to)) => always_fits(from, to),
        (Bool | Number | Integer | Instant | Date | Choice { .. } | Json, Text { .. }) => true,
        (Text { .. }, Text { .. } | Rich { .. }) | (Choice { .. }, Choice { .. }) => true,
        (Rich { format: one, .. }, Rich { format: other, .. }) => one == other,
        (Integer, Number) | (Date, Instant) => true,
        (Ref { .. } | RefAny { .. }, Ref { .. } | RefAny { .. }) => {
            let takes = |object| to.targets().iter().any(|to| ObjectName::is_among(object, to));
            from.targets().iter().all(takes)
        }
        _ => from == to,
    }
}
