//! Changes: what will be written, and what came of it.

use model::{
    Action, Base, Change, ChangeId, FieldChange, FieldName, ImportId, ObjectName, Reason, RecordId, RunId,
    Side,
};
use serde::{Deserialize, Serialize};

use crate::{
    Store,
    db::{PerKeys, PerRow, begin, execute_rows, on_either},
    error::{Cause, Trouble},
    lease::admit,
    pack::Pack,
};

const INTEND: PerRow = PerRow {
    head: "
    insert into change
        (import_id, id, run, pairing, left_object, left_id, intended_at, state, body)
    values",
    columns: 9,
    tail: "on conflict (import_id, id) do update set
        run = excluded.run, intended_at = excluded.intended_at, state = excluded.state,
        settled_at = null, outcome = null, body = excluded.body",
};
pub(super) const SETTLE: PerKeys = PerKeys {
    head: "update change set state = 'settled', settled_at = $2, outcome = null where import_id = $1 and id in",
    before: 2,
    tail: "",
};
pub(super) const FAIL: PerRow = PerRow {
    head: "
    update change set state = 'failed', settled_at = failed.column3, outcome = failed.column4
    from (values",
    columns: 4,
    tail: ") as failed where import_id = failed.column1 and id = failed.column2",
};
/// A record that was made on the left has its id from then on.
pub(super) const NAME: PerRow = PerRow {
    head: "update change set left_id = named.column3 from (values",
    columns: 3,
    tail: ") as named where import_id = named.column1 and id = named.column2",
};
const UNSETTLED: &str = "
    select id, pairing, left_object, left_id, body
    from change where import_id = $1 and state = 'intended' order by intended_at, id";

/// A change's columns without those that only its history needs.
pub(crate) type Columns = (String, String, String, String, Vec<u8>);

/// What of a change is not in a column.
#[derive(Serialize)]
struct Body<'a> {
    side: Side,
    object: &'a ObjectName,
    #[serde(skip_serializing_if = "Option::is_none")]
    right_object: Option<&'a ObjectName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    right: Option<&'a RecordId>,
    action: &'a Action,
    title: &'a str,
    why: Reason,
    adopted: bool,
    waiting: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    returning: bool,
    base: &'a Base,
    fields: Fields<&'a FieldName, &'a FieldChange>,
}

#[derive(Deserialize)]
struct KeptBody {
    side: Side,
    object: ObjectName,
    /// None: the object that is written.
    #[serde(default)]
    right_object: Option<ObjectName>,
    #[serde(default)]
    right: Option<RecordId>,
    action: Action,
    title: String,
    why: Reason,
    adopted: bool,
    waiting: bool,
    #[serde(default)]
    returning: bool,
    base: Base,
    fields: Fields<FieldName, FieldChange>,
}

/// A new record's fields are those of its base: their names are enough, and halve the body.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fields<N, F> {
    OfBase(Vec<N>),
    Full(Vec<F>),
}

impl Store {
    pub(super) async fn insert_changes(
        &self,
        import: &ImportId,
        run: &RunId,
        changes: &[Change],
    ) -> Result<(), Cause> {
        if changes.is_empty() {
            return Ok(());
        }
        let number = self.import_number(import).await?;
        let now = self.now();
        let rows = changes
            .iter()
            .map(|change| Ok((change, pack(&self.pack, change)?)))
            .collect::<Result<Vec<_>, Cause>>()?;
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            admit!(self, &mut *tx, import, number);
            execute_rows!(self.writer, &mut *tx, INTEND, &rows, (change, body) =>
                number,
                change.id.as_str(),
                run.as_str(),
                change.pairing.as_str(),
                change.left_object.as_str(),
                change.left.as_str(),
                now,
                "intended",
                body.as_slice());
            tx.commit().await?;
        });
        Ok(())
    }

    pub(super) async fn select_unsettled(&self, import: &ImportId) -> Result<Vec<Change>, Cause> {
        let import = self.import_number(import).await?;
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            sqlx::query_as(UNSETTLED).bind(import).fetch_all(pool).await?
        });
        rows.into_iter()
            .map(|columns| unpack(&self.pack, columns))
            .collect()
    }
}

fn pack(pack: &Pack, change: &Change) -> Result<Vec<u8>, Cause> {
    let of_base = |field: &FieldChange| {
        field.before.is_none() && change.base.left.get(&field.name) == Some(&field.after)
    };
    let fields = if change.fields.iter().all(of_base) {
        Fields::OfBase(change.fields.iter().map(|field| &field.name).collect())
    } else {
        Fields::Full(change.fields.iter().collect())
    };
    pack.pack_json(&Body {
        side: change.side,
        object: &change.object,
        right_object: (change.right_object != change.object).then_some(&change.right_object),
        right: change.right.as_ref(),
        action: &change.action,
        title: &change.title,
        why: change.why,
        adopted: change.adopted,
        waiting: change.waiting,
        returning: change.returning,
        base: &change.base,
        fields,
    })
}

/// The change that a row holds.
pub(crate) fn unpack(pack: &Pack, columns: Columns) -> Result<Change, Cause> {
    let (id, pairing, left_object, left, body) = columns;
    let body: KeptBody = pack.unpack_json(&body)?;
    let fields = match body.fields {
        Fields::Full(fields) => fields,
        Fields::OfBase(names) => names
            .into_iter()
            .map(|name| {
                let after = body.base.left.get(&name).ok_or(Trouble::Garbled)?.clone();
                Ok(FieldChange {
                    name,
                    before: None,
                    after,
                })
            })
            .collect::<Result<_, Cause>>()?,
    };
    Ok(Change {
        id: ChangeId::from(id),
        pairing: pairing.into(),
        side: body.side,
        right_object: body.right_object.unwrap_or_else(|| body.object.clone()),
        right: body.right,
        object: body.object,
        action: body.action,
        left_object: left_object.into(),
        left: left.into(),
        title: body.title,
        fields,
        why: body.why,
        adopted: body.adopted,
        waiting: body.waiting,
        returning: body.returning,
        base: body.base,
    })
}
