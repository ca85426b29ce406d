//! What there is to tell: written with what it tells of, in one transaction, and sent afterwards, as often as it takes.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use model::{
    Action, Change, FieldName, INTERRUPTED, ImportId, ObjectName, RecordId, Secret, Settled, Settlement,
    Side, Timestamp,
};

use crate::{
    Store, StoreError,
    catalog::time,
    db::{Db, PerKeys, PerRow, begin, fetch_keys, on_either},
    error::{Cause, Doing},
    intents::{ChangeColumns, unpack},
};

/// A message that is due.
#[derive(Clone, Debug)]
pub struct Message {
    /// The import.
    pub import: ImportId,
    /// The hook.
    pub hook: String,
    /// Where to.
    pub url: String,
    /// Whether its host may be one that is not public.
    pub private: bool,
    /// What it is signed with.
    pub secret: Secret,
    /// What it tells.
    pub event: Event,
    /// How often it was sent before.
    pub tries: u32,
}

/// Something that a run by schedule did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The change's id.
    pub id: String,
    /// `record.created` or `record.updated`.
    pub kind: String,
    /// The side that was written: `left` or `right`.
    pub side: String,
    /// The left record.
    pub left: (ObjectName, RecordId),
    /// The right record.
    pub right: (ObjectName, RecordId),
    /// The names of the fields that were updated.
    pub fields: Vec<FieldName>,
    /// When it was kept.
    pub made_at: Timestamp,
}

const HAS_HOOKS: &str = "select name from hook where import_id = $1";
const SETTLED: PerKeys = PerKeys {
    head: "
    select change.id, change.pairing, change.left_object, change.left_id, change.body
    from change join run on run.import_id = change.import_id and run.id = change.run
    where run.announces = 1 and change.import_id = $1 and change.id in",
    before: 1,
    tail: "",
};
/// Updates that were sent, and of which nobody knew whether they were done, until the record was looked at again.
const INTERRUPTED_OF: PerKeys = PerKeys {
    head: "
    select change.id, change.pairing, change.left_object, change.left_id, change.body
    from change join run on run.import_id = change.import_id and run.id = change.run
    where run.announces = 1 and change.state = 'failed' and change.outcome = $3 and change.intended_at > $4
        and not exists (
            select 1 from change later
            where later.import_id = change.import_id and later.left_object = change.left_object
                and later.left_id = change.left_id and later.state = 'settled'
                and later.intended_at >= change.intended_at)
        and not exists (
            select 1 from outbox
            where outbox.import_id = change.import_id and outbox.left_object = change.left_object
                and outbox.left_id = change.left_id and outbox.made_at >= change.intended_at)
        and change.import_id = $1 and change.left_object = $2 and change.left_id in",
    before: 4,
    tail: "order by change.intended_at, change.id",
};
/// How long an update that was interrupted may be told late.
const LATE: i64 = 7 * 86_400 * 1_000_000;

pub(crate) const ADD: PerRow = PerRow {
    head: "
    insert into outbox
        (import_id, hook, id, kind, side, left_object, left_id, right_object, right_id, fields, made_at, tries,
        next_try, delivered)
    values",
    columns: 14,
    tail: "on conflict (import_id, hook, id) do nothing",
};

const DUE: &str = "
    select import.name, hook.name, hook.url, hook.private, hook.secret, outbox.tries,
        outbox.id, outbox.kind, outbox.side, outbox.left_object, outbox.left_id, outbox.right_object,
        outbox.right_id, outbox.fields, outbox.made_at
    from outbox join hook on hook.import_id = outbox.import_id and hook.name = outbox.hook
        join import on import.id = outbox.import_id
    where import.workspace_id = $1 and outbox.next_try <= $2
    order by outbox.next_try, outbox.id limit $3";
/// PostgreSQL has many writers at once: what one takes, the others leave alone. SQLite has one.
const DUE_SKIPPING: &str = "
    select import.name, hook.name, hook.url, hook.private, hook.secret, outbox.tries,
        outbox.id, outbox.kind, outbox.side, outbox.left_object, outbox.left_id, outbox.right_object,
        outbox.right_id, outbox.fields, outbox.made_at
    from outbox join hook on hook.import_id = outbox.import_id and hook.name = outbox.hook
        join import on import.id = outbox.import_id
    where import.workspace_id = $1 and outbox.next_try <= $2
    order by outbox.next_try, outbox.id limit $3 for update of outbox skip locked";
const CLAIM: &str = "
    update outbox set next_try = $4, tries = tries + 1 where import_id = $1 and hook = $2 and id = $3";
const ANSWERED: &str = "
    update outbox set next_try = $4, delivered = $5, answer = $6 where import_id = $1 and hook = $2 and id = $3";
const PRUNE: &str = "
    delete from outbox where next_try is null and made_at < $2
        and import_id in (select id from import where workspace_id = $1)";

type Due = (
    String,
    String,
    String,
    i64,
    Vec<u8>,
    i64,
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    i64,
);

/// A row of the outbox that is to be added.
pub(crate) struct Row<'a> {
    pub hook: String,
    pub id: String,
    pub kind: &'static str,
    pub side: &'static str,
    pub pair: &'a Settled,
    pub fields: String,
}

impl Store {
    /// What a settlement gives to tell.
    pub(crate) async fn to_tell<'a>(
        &self,
        number: i64,
        settlement: &Settlement<'a>,
    ) -> Result<Vec<Row<'a>>, Cause> {
        if settlement.settled.is_empty() {
            return Ok(Vec::new());
        }
        let hooks: Vec<String> = on_either!(&self.readers, pool => {
            sqlx::query_scalar(HAS_HOOKS).bind(number).fetch_all(pool).await?
        });
        if hooks.is_empty() {
            return Ok(Vec::new());
        }
        let told = self.changes_to_tell(number, settlement).await?;
        let mut rows = Vec::with_capacity(told.len() * hooks.len());
        for (pair, change) in &told {
            let is_new = matches!(change.action, Action::Create { .. });
            let names: Vec<&FieldName> = change.fields.iter().map(|field| &field.name).collect();
            for hook in &hooks {
                rows.push(Row {
                    hook: hook.clone(),
                    id: change.id.to_string(),
                    kind: if is_new {
                        "record.created"
                    } else {
                        "record.updated"
                    },
                    side: match change.side {
                        Side::Left => "left",
                        Side::Right => "right",
                    },
                    pair,
                    // What is new has all of them.
                    fields: serde_json::to_string(if is_new { &[][..] } else { &names })?,
                });
            }
        }
        Ok(rows)
    }

    async fn changes_to_tell<'a>(
        &self,
        number: i64,
        settlement: &Settlement<'a>,
    ) -> Result<Vec<(&'a Settled, Change)>, Cause> {
        let pairs: HashMap<&str, &Settled> = settlement
            .settled
            .iter()
            .filter_map(|pair| Some((pair.change.as_ref()?.as_str(), pair)))
            .collect();
        let ids: Vec<&str> = pairs.keys().copied().collect();
        let rows: Vec<ChangeColumns> = on_either!(&self.readers, pool => {
            fetch_keys!(self.readers, pool, SETTLED, [number], &ids, id => *id)
        });
        let mut told = Vec::new();
        let mut seen: HashSet<(&ObjectName, &RecordId)> = HashSet::new();
        for columns in rows {
            let change = unpack(&self.pack, columns)?;
            let is_deletion = matches!(change.action, Action::Delete(_));
            if let Some(pair) = pairs.get(change.id.as_str()).filter(|_| !is_deletion) {
                seen.insert((&pair.left_object, &pair.left));
                told.push((*pair, change));
            }
        }
        let mut others: BTreeMap<&ObjectName, BTreeMap<&str, &Settled>> = BTreeMap::new();
        for pair in settlement.settled {
            if !seen.contains(&(&pair.left_object, &pair.left)) {
                others
                    .entry(&pair.left_object)
                    .or_default()
                    .insert(pair.left.as_str(), pair);
            }
        }
        for (object, pairs) in others {
            told.extend(self.interrupted(number, object, &pairs).await?);
        }
        Ok(told)
    }

    /// Updates that took place although their run was interrupted: the record was looked at again, and is as they say.
    async fn interrupted<'a>(
        &self,
        number: i64,
        object: &ObjectName,
        pairs: &BTreeMap<&str, &'a Settled>,
    ) -> Result<Vec<(&'a Settled, Change)>, Cause> {
        let ids: Vec<&str> = pairs.keys().copied().collect();
        let (object, after) = (object.as_str(), self.now() - LATE);
        let rows: Vec<ChangeColumns> = on_either!(&self.readers, pool => {
            fetch_keys!(self.readers, pool, INTERRUPTED_OF, [number, object, INTERRUPTED, after], &ids, id => *id)
        });
        let mut latest: BTreeMap<&str, (&Settled, Change)> = BTreeMap::new();
        for columns in rows {
            let change = unpack(&self.pack, columns)?;
            let is_update = matches!(change.action, Action::Update(_));
            if let Some((id, pair)) = pairs.get_key_value(change.left.as_str()).filter(|_| is_update) {
                latest.insert(*id, (*pair, change));
            }
        }
        Ok(latest.into_values().collect())
    }

    /// Takes messages that are due, and keeps others from sending them for so long.
    pub async fn take_messages(
        &self,
        now: Timestamp,
        lasts: Duration,
        at_most: u16,
    ) -> Result<Vec<Message>, StoreError> {
        self.claim(now, lasts, at_most)
            .await
            .doing("taking messages that are due")
    }

    async fn claim(&self, now: Timestamp, lasts: Duration, at_most: u16) -> Result<Vec<Message>, Cause> {
        let until = now.checked_add(lasts).unwrap_or(Timestamp::MAX).as_microsecond();
        let due = match self.writer {
            Db::Lite(_) => DUE,
            Db::Postgres(_) => DUE_SKIPPING,
        };
        // Most looks find nothing, and need not wait for whoever writes.
        if self.select_due(now).await?.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Due> = on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            let rows: Vec<Due> = sqlx::query_as(due)
                .bind(self.workspace)
                .bind(now.as_microsecond())
                .bind(i64::from(at_most))
                .fetch_all(&mut *tx)
                .await?;
            for row in &rows {
                let import = self.import_number(&row.0.as_str().into()).await?;
                sqlx::query(CLAIM).bind(import).bind(&row.1).bind(&row.6).bind(until).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            rows
        });
        rows.into_iter().map(|row| self.message(row)).collect()
    }

    async fn select_due(&self, now: Timestamp) -> Result<Vec<Due>, Cause> {
        Ok(on_either!(&self.readers, pool => {
            sqlx::query_as(DUE).bind(self.workspace).bind(now.as_microsecond()).bind(1_i64).fetch_all(pool).await?
        }))
    }

    fn message(&self, row: Due) -> Result<Message, Cause> {
        let (import, hook, url, private, sealed, tries, id, kind, side, lo, l, ro, r, fields, made_at) = row;
        let import = ImportId::from(import);
        Ok(Message {
            secret: self.unseal_hook(&import, &hook, &sealed)?,
            import,
            hook,
            url,
            private: private != 0,
            event: Event {
                id,
                kind,
                side,
                left: (lo.into(), l.into()),
                right: (ro.into(), r.into()),
                fields: serde_json::from_str(&fields)?,
                made_at: time(made_at)?,
            },
            tries: u32::try_from(tries).unwrap_or_default(),
        })
    }

    /// Keeps that a message was taken.
    pub async fn message_taken(&self, message: &Message, answer: &str) -> Result<(), StoreError> {
        self.answered(message, None, true, answer)
            .await
            .doing("keeping that a message was taken")
    }

    /// Keeps that a message was not taken, and when it is sent again, if ever.
    pub async fn message_refused(
        &self,
        message: &Message,
        next_try: Option<Timestamp>,
        answer: &str,
    ) -> Result<(), StoreError> {
        self.answered(message, next_try, false, answer)
            .await
            .doing("keeping that a message was not taken")
    }

    async fn answered(
        &self,
        message: &Message,
        next_try: Option<Timestamp>,
        is_delivered: bool,
        answer: &str,
    ) -> Result<(), Cause> {
        let import = self.import_number(&message.import).await?;
        on_either!(&self.writer, pool => {
            sqlx::query(ANSWERED)
                .bind(import)
                .bind(&message.hook)
                .bind(&message.event.id)
                .bind(next_try.map(|next| next.as_microsecond()))
                .bind(i64::from(is_delivered))
                .bind(answer)
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// Forgets messages that were delivered or given up, and are older than that.
    pub async fn prune_messages(&self, before: Timestamp) -> Result<(), StoreError> {
        let pruned = async {
            on_either!(&self.writer, pool => {
                sqlx::query(PRUNE).bind(self.workspace).bind(before.as_microsecond()).execute(pool).await?;
            });
            Ok::<_, Cause>(())
        };
        pruned.await.doing("forgetting old messages")
    }
}
