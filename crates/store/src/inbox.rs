//! Open problems as a person looks for them: by their beginning, their sort or their record.

use model::{ImportId, ObjectName, Problem, ProblemId, ProblemKind, RecordId, Timestamp};
use serde::Serialize;

use crate::{
    Store, StoreError,
    catalog::time,
    db::{PerKeys, execute_keys, on_either},
    error::{Cause, Doing},
    intents::{ProblemColumns, problem},
    mirror::whole,
};

/// A problem that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenProblem {
    /// Its id.
    pub id: ProblemId,
    /// The import that it belongs to.
    pub import: ImportId,
    /// Since when it is open.
    pub opened_at: Timestamp,
    /// The problem.
    #[serde(flatten)]
    pub problem: Problem,
}

/// Which problems are wanted; nothing said: all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Of this sort.
    pub kind: Option<ProblemKind>,
    /// Of records of this object.
    pub object: Option<ObjectName>,
    /// Of this record.
    pub record: Option<RecordId>,
}

const LOOK: &str = "
    select kind, pairing, object, record_id, title, field, text, hint, blocks, side, opened_at
    from problem where import_id = $1 and closed_at is null
        and ($2 = '' or kind = $2) and ($3 = '' or object = $3) and ($4 = '' or record_id = $4)
    order by opened_at, object, record_id, kind, field limit $5";

/// Ids between two are those that begin with the same digits.
const NAMED: &str = "
    select kind, pairing, object, record_id, title, field, text, hint, blocks, side, opened_at, import.name
    from problem join import on import.id = problem.import_id
    where workspace_id = $1 and problem.id >= $2 and problem.id <= $3 and closed_at is null
    order by opened_at limit 2";

/// A pair that waits is planned by the next sync although nothing changed.
const PLAN_AGAIN: PerKeys = PerKeys {
    head: "update pair set waiting = 1 where import_id = $1 and left_object = $2 and left_id in",
    before: 2,
    tail: "",
};

/// An open problem's columns: sqlx reads sixteen at most in one tuple.
type Columns = (
    String,
    Option<String>,
    String,
    String,
    String,
    Option<String>,
    String,
    Option<String>,
    i16,
    String,
    i64,
);
type NamedColumns = (
    String,
    Option<String>,
    String,
    String,
    String,
    Option<String>,
    String,
    Option<String>,
    i16,
    String,
    i64,
    String,
);

impl Store {
    /// The open problems of an import that are wanted, the oldest first.
    pub async fn look_for_problems(
        &self,
        import: &ImportId,
        wanted: &Looked,
        at_most: usize,
    ) -> Result<Vec<OpenProblem>, StoreError> {
        self.select_looked(import, wanted, at_most)
            .await
            .doing("looking for problems")
    }

    async fn select_looked(
        &self,
        import: &ImportId,
        wanted: &Looked,
        at_most: usize,
    ) -> Result<Vec<OpenProblem>, Cause> {
        let number = self.import_number(import).await?;
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            sqlx::query_as(LOOK)
                .bind(number)
                .bind(wanted.kind.map_or("", ProblemKind::word))
                .bind(wanted.object.as_ref().map_or("", ObjectName::as_str))
                .bind(wanted.record.as_ref().map_or("", RecordId::as_str))
                .bind(whole(at_most))
                .fetch_all(pool)
                .await?
        });
        let open = |(kind, pairing, object, record, title, field, text, hint, blocks, side, at): Columns| {
            let columns = (
                kind, pairing, object, record, title, field, text, hint, blocks, side,
            );
            open_problem(import.clone(), at, columns)
        };
        rows.into_iter().map(open).collect()
    }

    /// The open problem whose id begins so, of whatever import; the first two if there are several.
    pub async fn problems_named(&self, begin: &str) -> Result<Vec<OpenProblem>, StoreError> {
        self.select_named(begin).await.doing("looking up a problem")
    }

    async fn select_named(&self, begin: &str) -> Result<Vec<OpenProblem>, Cause> {
        let Some((first, last)) = between(begin) else {
            return Ok(Vec::new());
        };
        let rows: Vec<NamedColumns> = on_either!(&self.readers, pool => {
            sqlx::query_as(NAMED)
                .bind(self.workspace)
                .bind(first.as_slice())
                .bind(last.as_slice())
                .fetch_all(pool)
                .await?
        });
        let open = |columns: NamedColumns| {
            let (kind, pairing, object, record, title, field, text, hint, blocks, side, at, import) = columns;
            let columns = (
                kind, pairing, object, record, title, field, text, hint, blocks, side,
            );
            open_problem(import.into(), at, columns)
        };
        rows.into_iter().map(open).collect()
    }

    /// Lets the next sync plan these left records again, although nothing changed.
    pub async fn plan_again(
        &self,
        import: &ImportId,
        object: &ObjectName,
        records: &[RecordId],
    ) -> Result<(), StoreError> {
        self.update_waiting(import, object, records)
            .await
            .doing("noting what is to be planned again")
    }

    async fn update_waiting(
        &self,
        import: &ImportId,
        object: &ObjectName,
        records: &[RecordId],
    ) -> Result<(), Cause> {
        let number = self.import_number(import).await?;
        let object = object.as_str();
        on_either!(&self.writer, pool => {
            execute_keys!(self.writer, pool, PLAN_AGAIN, [number, object], records, id => id.as_str());
        });
        Ok(())
    }
}

fn open_problem(import: ImportId, opened_at: i64, columns: ProblemColumns) -> Result<OpenProblem, Cause> {
    let problem = problem(columns)?;
    Ok(OpenProblem {
        id: problem.id(),
        import,
        opened_at: time(opened_at)?,
        problem,
    })
}

/// The first and the last id that begin with these digits; none if they are no digits of an id.
fn between(begin: &str) -> Option<([u8; 16], [u8; 16])> {
    let is_digits =
        !begin.is_empty() && begin.len() <= 32 && begin.bytes().all(|byte| byte.is_ascii_hexdigit());
    let with = |filler: &str| {
        let missing = 32_usize.saturating_sub(begin.len());
        let text = format!("{begin}{}", filler.repeat(missing));
        u128::from_str_radix(&text, 16).ok().map(u128::to_be_bytes)
    };
    match is_digits {
        true => Some((with("0")?, with("f")?)),
        false => None,
    }
}
