//! What people decided.

use model::{Choice, Decision, ImportId, ObjectName, RecordId, Side, ValueMark};

use crate::{
    Store,
    db::{PerKeys, PerRow, begin, execute_rows, fetch_keys, on_either},
    error::{Cause, Trouble},
};

const KEEP: PerRow = PerRow {
    head: "
    insert into decision (import_id, object, record_id, field, choice, left_mark, right_mark, decided_at)
    values",
    columns: 8,
    tail: "on conflict (import_id, object, record_id, field) do update set
        choice = excluded.choice, left_mark = excluded.left_mark, right_mark = excluded.right_mark,
        decided_at = excluded.decided_at",
};
const OF: PerKeys = PerKeys {
    head: "
    select object, record_id, field, choice, left_mark, right_mark
    from decision where import_id = $1 and object = $2 and record_id in",
    before: 2,
    tail: "",
};

/// What a choice of a counterpart begins with.
const PAIR: &str = "pair:";
/// The choice of no counterpart.
const LEAVE_OUT: &str = "leave_out";

type Columns = (String, String, String, String, i64, i64);

impl Store {
    pub(super) async fn insert_decisions(
        &self,
        import: &ImportId,
        decisions: &[Decision],
    ) -> Result<(), Cause> {
        let number = self.import_number(import).await?;
        let now = self.now();
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            execute_rows!(self.writer, &mut *tx, KEEP, decisions, decision =>
                number,
                decision.object.as_str(),
                decision.record.as_str(),
                decision.field.as_ref().map_or("", |field| field.as_str()),
                word(&decision.choice),
                mark(decision.left),
                mark(decision.right),
                now);
            tx.commit().await?;
        });
        Ok(())
    }

    pub(super) async fn select_decisions(
        &self,
        import: &ImportId,
        object: &ObjectName,
        records: &[RecordId],
    ) -> Result<Vec<Decision>, Cause> {
        let import = self.import_number(import).await?;
        let object = object.as_str();
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            fetch_keys!(self.readers, pool, OF, [import, object], records, id => id.as_str())
        });
        rows.into_iter().map(decision).collect()
    }
}

fn decision(columns: Columns) -> Result<Decision, Cause> {
    let (object, record, field, choice, left, right) = columns;
    Ok(Decision {
        object: object.into(),
        record: record.into(),
        field: (!field.is_empty()).then(|| field.into()),
        choice: choice_of(&choice)?,
        left: ValueMark(left.unsigned_abs()),
        right: ValueMark(right.unsigned_abs()),
    })
}

fn word(choice: &Choice) -> String {
    match choice {
        Choice::Take(Side::Left) => "left".to_owned(),
        Choice::Take(Side::Right) => "right".to_owned(),
        Choice::LeaveOut => LEAVE_OUT.to_owned(),
        Choice::Pair(right) => format!("{PAIR}{right}"),
    }
}

fn choice_of(word: &str) -> Result<Choice, Cause> {
    match (word, word.strip_prefix(PAIR)) {
        ("left", _) => Ok(Choice::Take(Side::Left)),
        ("right", _) => Ok(Choice::Take(Side::Right)),
        (LEAVE_OUT, _) => Ok(Choice::LeaveOut),
        (_, Some(right)) => Ok(Choice::Pair(right.into())),
        _ => Err(Trouble::Garbled.into()),
    }
}

/// A mark has 56 bits.
fn mark(mark: ValueMark) -> i64 {
    i64::try_from(mark.0).unwrap_or(i64::MAX)
}
