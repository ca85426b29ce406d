//! One query text, two databases.

use sqlx::{AssertSqlSafe, Database, PgPool, Pool, SqlitePool, Transaction};

use crate::error::{Cause, Trouble};

/// A pool of either database.
#[derive(Clone)]
pub(crate) enum Db {
    Lite(SqlitePool),
    Postgres(PgPool),
}

/// Compiles the same body for each database, so that types are checked for both and nothing is generic.
macro_rules! on_either {
    ($db:expr, $pool:ident => $body:expr) => {
        match $db {
            crate::db::Db::Lite($pool) => $body,
            crate::db::Db::Postgres($pool) => $body,
        }
    };
}
pub(crate) use on_either;

/// Executes a `PerRow` statement for all rows: `execute_rows!(db, &mut *tx, ADD, &rows, row => row.id, row.name)`.
macro_rules! execute_rows {
    ($db:expr, $on:expr, $statement:expr, $rows:expr, $row:pat => $($value:expr),+) => {
        for (text, piece) in $statement.pieces($db.marks(), $rows) {
            let mut query = sqlx::query(text);
            for $row in piece {
                query = query$(.bind($value))+;
            }
            query.execute($on).await?;
        }
    };
}
pub(crate) use execute_rows;

/// Executes a `PerKeys` statement for all keys: `execute_keys!(db, &mut *tx, DROP, [end], &ids, id => id.as_str())`.
macro_rules! execute_keys {
    ($db:expr, $on:expr, $statement:expr, [$($before:expr),+], $keys:expr, $key:pat => $value:expr) => {
        for (text, keys) in $statement.pieces($db.marks(), $keys) {
            let mut query = sqlx::query(text)$(.bind($before))+;
            crate::db::bind_keys!(query, keys, $key => $value);
            query.execute($on).await?;
        }
    };
}
pub(crate) use execute_keys;

/// Fetches what a `PerKeys` statement finds for all keys, as one vector.
macro_rules! fetch_keys {
    ($db:expr, $on:expr, $statement:expr, [$($before:expr),+], $keys:expr, $key:pat => $value:expr) => {{
        let mut found = Vec::new();
        for (text, keys) in $statement.pieces($db.marks(), $keys) {
            let mut query = sqlx::query_as(text)$(.bind($before))+;
            crate::db::bind_keys!(query, keys, $key => $value);
            found.append(&mut query.fetch_all($on).await?);
        }
        found
    }};
}
pub(crate) use fetch_keys;

/// Binds a list of keys the way its statement takes it.
macro_rules! bind_keys {
    ($query:ident, $keys:ident, $key:pat => $value:expr) => {
        match $keys {
            crate::db::Keys::InOne(keys) => {
                let list: Vec<_> = keys.iter().map(|$key| $value).collect();
                $query = $query.bind(serde_json::to_string(&list)?);
            }
            crate::db::Keys::Each(keys) => {
                for $key in keys {
                    $query = $query.bind($value);
                }
            }
        }
    };
}
pub(crate) use bind_keys;

impl Db {
    /// How a transaction that writes begins. SQLite must take its lock at once: one that begins by reading cannot
    /// wait for another process when it comes to write, it fails.
    pub fn begin(&self) -> &'static str {
        match self {
            Self::Lite(_) => "begin immediate",
            Self::Postgres(_) => "begin",
        }
    }

    /// How the many parameters of a `PerRow` or `PerKeys` statement are written.
    pub fn marks(&self) -> Marks {
        match self {
            Self::Lite(_) => Marks::Plain,
            Self::Postgres(_) => Marks::Numbered,
        }
    }
}

/// Begins a transaction that ends even if nobody waits for it any more. Given up between the question and the answer,
/// sqlx would leave PostgreSQL's connection inside a transaction, and hand it to the next who asks for one; a task of
/// its own is not given up.
pub(crate) async fn begin<D: Database>(
    pool: &Pool<D>,
    text: &'static str,
) -> Result<Transaction<'static, D>, Cause> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(text).await }).await;
    Ok(begun.map_err(|error| Cause::new(Trouble::Unexpected, error))??)
}

/// The one thing in which our texts differ. SQLite takes numbers as names, and walks through the names before a
/// parameter each time it is bound: with hundreds of parameters that costs more than the insertion itself. So its rows
/// have no numbers, and its lists of keys are one parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Marks {
    /// `?, ?`
    Plain,
    /// `$1, $2`
    Numbered,
}

/// How many rows a statement takes: few sizes, so that few texts have to be prepared.
const ROWS: [usize; 5] = [256, 64, 16, 4, 1];

/// How many keys a list of numbered parameters takes; a list is filled up with its last key.
const KEYS: [usize; 5] = [1, 4, 16, 64, 256];

/// A statement with one group of parameters per row: `insert … values ($1, $2), ($3, $4) on conflict …`.
pub(crate) struct PerRow {
    /// What comes before the groups.
    pub head: &'static str,
    /// How many parameters a group has.
    pub columns: usize,
    /// What comes after them.
    pub tail: &'static str,
}

impl PerRow {
    /// Cuts rows into as few pieces as there are sizes for, each with its text.
    pub fn pieces<'a, T>(
        &'a self,
        marks: Marks,
        rows: &'a [T],
    ) -> impl Iterator<Item = (AssertSqlSafe<String>, &'a [T])> {
        let mut rest = rows;
        std::iter::from_fn(move || {
            let size = ROWS.into_iter().find(|size| *size <= rest.len())?;
            let (piece, after) = rest.split_at(size);
            rest = after;
            Some((self.text(marks, size), piece))
        })
    }

    fn text(&self, marks: Marks, rows: usize) -> AssertSqlSafe<String> {
        let mut text = String::with_capacity(self.head.len() + self.tail.len() + rows * self.columns * 6);
        text.push_str(self.head);
        for row in 0..rows {
            text.push_str(if row == 0 { " (" } else { ", (" });
            push_marks(&mut text, marks, row * self.columns + 1, self.columns);
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.tail);
        AssertSqlSafe(text)
    }
}

/// A statement with a list of keys: `… where end_id = $1 and record_id in ($2, $3) …`.
pub(crate) struct PerKeys {
    /// What comes before the list.
    pub head: &'static str,
    /// How many parameters come before it; what comes after may only repeat them.
    pub before: usize,
    /// What comes after the list.
    pub tail: &'static str,
}

/// The keys of one list.
pub(crate) enum Keys<'a, T> {
    /// All of them, as one JSON text.
    InOne(&'a [T]),
    /// One parameter for each.
    Each(Vec<&'a T>),
}

impl PerKeys {
    /// Cuts keys into lists, each with its text and exactly as many parameters as that wants.
    pub fn pieces<'a, T>(
        &'a self,
        marks: Marks,
        keys: &'a [T],
    ) -> impl Iterator<Item = (AssertSqlSafe<String>, Keys<'a, T>)> {
        let at_most = match marks {
            Marks::Plain => keys.len().max(1),
            Marks::Numbered => 256,
        };
        keys.chunks(at_most).filter_map(move |piece| match marks {
            Marks::Plain => {
                let list = format!("(select value from json_each(${}))", self.before + 1);
                Some((self.text(&list), Keys::InOne(piece)))
            }
            Marks::Numbered => {
                let size = KEYS.into_iter().find(|size| *size >= piece.len())?;
                let fill = std::iter::repeat_n(piece.last()?, size - piece.len());
                let mut list = String::with_capacity(size * 6);
                list.push('(');
                push_marks(&mut list, marks, self.before + 1, size);
                list.push(')');
                Some((self.text(&list), Keys::Each(piece.iter().chain(fill).collect())))
            }
        })
    }

    fn text(&self, list: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(format!("{} {list} {}", self.head, self.tail))
    }
}

fn push_marks(text: &mut String, marks: Marks, first: usize, count: usize) {
    for number in first..first + count {
        if number > first {
            text.push(',');
        }
        match marks {
            Marks::Plain => text.push('?'),
            Marks::Numbered => {
                text.push('$');
                text.push_str(&number.to_string());
            }
        }
    }
}

/// PostgreSQL refuses a text with the character NUL in it, and a vendor's may have one.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_into_as_few_statements_as_there_are_sizes_for() {
        let insert = PerRow {
            head: "insert into t (a, b) values",
            columns: 2,
            tail: "on conflict do nothing",
        };
        for (rows, sizes) in [
            (0, vec![]),
            (1, vec![1]),
            (5, vec![4, 1]),
            (406, vec![256, 64, 64, 16, 4, 1, 1]),
        ] {
            let rows = vec![(); rows];
            let found: Vec<usize> = insert
                .pieces(Marks::Plain, &rows)
                .map(|(_, piece)| piece.len())
                .collect();
            assert_eq!(found, sizes);
        }
        for (marks, text) in [
            (
                Marks::Plain,
                "insert into t (a, b) values (?,?), (?,?) on conflict do nothing",
            ),
            (
                Marks::Numbered,
                "insert into t (a, b) values ($1,$2), ($3,$4) on conflict do nothing",
            ),
        ] {
            assert_eq!(insert.text(marks, 2).0, text);
        }
    }

    #[test]
    fn a_list_of_keys_is_filled_up_with_its_last() {
        let select = PerKeys {
            head: "select a from t where b = $1 and c in",
            before: 1,
            tail: "order by a",
        };
        let each = |keys: Keys<'_, usize>| match keys {
            Keys::Each(keys) => keys.into_iter().copied().collect::<Vec<_>>(),
            Keys::InOne(keys) => panic!("{} keys in one", keys.len()),
        };
        for (keys, sizes) in [(0, vec![]), (1, vec![1]), (3, vec![4]), (300, vec![256, 64])] {
            let keys: Vec<usize> = (0..keys).collect();
            let found: Vec<usize> = select
                .pieces(Marks::Numbered, &keys)
                .map(|(_, keys)| each(keys).len())
                .collect();
            assert_eq!(found, sizes);
        }
        let filled: Vec<_> = select
            .pieces(Marks::Numbered, &[7, 8, 9])
            .map(|(text, keys)| (text.0, each(keys)))
            .collect();
        let text = "select a from t where b = $1 and c in ($2,$3,$4,$5) order by a";
        assert_eq!(filled, vec![(text.to_owned(), vec![7, 8, 9, 9])]);
    }

    #[test]
    fn a_list_of_keys_is_one_parameter_where_many_are_dear() {
        let select = PerKeys {
            head: "select a from t where b = $1 and c in",
            before: 1,
            tail: "order by a",
        };
        for (keys, lists) in [(0, 0), (1, 1), (300, 1)] {
            let keys: Vec<usize> = (0..keys).collect();
            let found: Vec<_> = select.pieces(Marks::Plain, &keys).collect();
            assert_eq!(found.len(), lists);
            for (text, list) in found {
                let expected =
                    "select a from t where b = $1 and c in (select value from json_each($2)) order by a";
                assert_eq!(text.0, expected);
                assert!(matches!(list, Keys::InOne(list) if list == keys));
            }
        }
    }
}
