//! What came of a batch, in one transaction.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
};

use model::{ImportId, ObjectName, Problem, ProblemId, RecordId, Settled, Settlement};

use super::{change, pair, planning_word, problem, replaced, side_word};
use crate::{
    Store,
    db::{begin, execute_keys, execute_rows, on_either, without_nul},
    error::Cause,
    lease::admit,
    outbox,
};

const PLANNED: &str = "
    insert into planned (import_id, end_id, side, seq) values ($1, $2, $3, $4)
    on conflict (import_id, end_id, side) do update set seq = excluded.seq";

/// A settlement in the columns it goes into.
struct Rows<'a> {
    pairs: Vec<(&'a Settled, Vec<u8>)>,
    /// Those that may have had other counterparts before.
    rehomed: Vec<&'a Settled>,
    rebased: Vec<(&'a ObjectName, &'a RecordId, Vec<u8>)>,
    settled: Vec<&'a str>,
    failed: Vec<(&'a str, String)>,
    problems: BTreeMap<ProblemId, &'a Problem>,
    planned: Option<(i64, &'static str, i64)>,
}

impl Store {
    // tidy: long because all of it is one transaction, and each statement names its columns
    pub(super) async fn keep_settlement(
        &self,
        import: &ImportId,
        settlement: &Settlement<'_>,
    ) -> Result<(), Cause> {
        let number = self.import_number(import).await?;
        let now = self.now();
        let rows = self.rows(settlement).await?;
        let problems: Vec<_> = rows.problems.iter().collect();
        let to_tell = self.to_tell(number, settlement).await?;
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            admit!(self, &mut *tx, import, number);
            execute_rows!(self.writer, &mut *tx, replaced::REPLACE, &rows.rehomed, pair =>
                number, pair.left_object.as_str(), pair.left.as_str(), pair.right_object.as_str(), pair.right.as_str());
            execute_rows!(self.writer, &mut *tx, pair::FORGET_SHARERS, &rows.rehomed, pair =>
                number, pair.left_object.as_str(), pair.left.as_str());
            execute_rows!(self.writer, &mut *tx, replaced::RETIRE, &rows.rehomed, pair =>
                number, pair.right_object.as_str(), pair.right.as_str());
            execute_rows!(self.writer, &mut *tx, pair::KEEP, &rows.pairs, (pair, base) =>
                number,
                pair.pairing.as_str(),
                pair.left_object.as_str(),
                pair.left.as_str(),
                pair.right_object.as_str(),
                pair.right.as_str(),
                i16::from(pair.adopted),
                i16::from(pair.waiting),
                sharer(pair).as_ref(),
                pair.right_hash.as_ref().map(|hash| hash.0.as_slice()),
                base.as_slice(),
                i16::from(pair.returning));
            execute_keys!(self.writer, &mut *tx, change::SETTLE, [number, now], &rows.settled, id => *id);
            execute_rows!(self.writer, &mut *tx, pair::GONE, settlement.gone, (object, left, gone) =>
                number, object.as_str(), left.as_str(), pair::gone_word(*gone));
            execute_rows!(self.writer, &mut *tx, pair::MERGE, settlement.merged, (object, left, right) =>
                number, object.as_str(), left.as_str(), right.as_str());
            execute_rows!(self.writer, &mut *tx, pair::REBASE, &rows.rebased, (object, left, base) =>
                number, object.as_str(), left.as_str(), base.as_slice());
            execute_rows!(self.writer, &mut *tx, pair::WAIT, settlement.unsure, (object, left) =>
                number, object.as_str(), left.as_str());
            execute_rows!(self.writer, &mut *tx, pair::FIND, settlement.found, (object, left) =>
                number, object.as_str(), left.as_str());
            execute_rows!(self.writer, &mut *tx, pair::FORGET_SHARERS, settlement.forgotten, (object, left) =>
                number, object.as_str(), left.as_str());
            execute_rows!(self.writer, &mut *tx, pair::FORGET, settlement.forgotten, (object, left) =>
                number, object.as_str(), left.as_str());
            execute_rows!(self.writer, &mut *tx, replaced::RETIRE, settlement.retired, (object, right) =>
                number, object.as_str(), right.as_str());
            execute_rows!(self.writer, &mut *tx, replaced::LEAVE, settlement.left_behind, (object, right) =>
                number, object.as_str(), right.as_str());
            execute_rows!(self.writer, &mut *tx, change::FAIL, &rows.failed, (id, why) =>
                number, *id, now, why.as_str());
            execute_rows!(self.writer, &mut *tx, change::NAME, settlement.named, (id, left) =>
                number, id.as_str(), left.as_str());
            if let Some((object, side)) = settlement.object {
                let object = object.as_str();
                execute_keys!(self.writer, &mut *tx, pair::PART, [number, object], settlement.parted, id => id.as_str());
                execute_keys!(self.writer, &mut *tx, problem::CLOSE, [number, object, now, side_word(side)],
                    settlement.planned_records, id => id.as_str());
            }
            execute_rows!(self.writer, &mut *tx, problem::OPEN, &problems, (id, problem) =>
                number,
                id.0.as_slice(),
                problem.kind.word(),
                problem.pairing.as_ref().map(|pairing| pairing.as_str()),
                problem.object.as_str(),
                problem.record.as_str(),
                problem.field.as_ref().map(|field| field.as_str()),
                without_nul(&problem.title),
                without_nul(&problem.text),
                problem.hint.as_deref().map(without_nul),
                i16::from(problem.blocks),
                now,
                side_word(problem.side));
            execute_rows!(self.writer, &mut *tx, outbox::ADD, &to_tell, row =>
                number, row.hook.as_str(), row.id.as_str(), row.kind, row.side,
                row.pair.left_object.as_str(), row.pair.left.as_str(), row.pair.right_object.as_str(), row.pair.right.as_str(),
                row.fields.as_str(), now, 0_i64, now, 0_i64);
            if let Some((end, side, seq)) = rows.planned {
                sqlx::query(PLANNED).bind(number).bind(end).bind(side).bind(seq).execute(&mut *tx).await?;
            }
            tx.commit().await?;
        });
        Ok(())
    }

    async fn rows<'a>(&self, settlement: &Settlement<'a>) -> Result<Rows<'a>, Cause> {
        let planned = match settlement.planned {
            Some((end, planning, seq)) => Some((self.end(end).await?, planning_word(planning), seq.0)),
            None => None,
        };
        let changes = settlement.settled.iter().filter_map(|pair| pair.change.as_ref());
        let changes = changes.chain(settlement.done);
        let pairs = last_of_each(settlement.settled);
        let is_rehomed = |pair: &&&Settled| {
            let mut rehomed = settlement.rehomed.iter();
            rehomed.any(|(object, left)| (object, left) == (&pair.left_object, &pair.left))
        };
        Ok(Rows {
            rehomed: pairs.iter().filter(is_rehomed).copied().collect(),
            pairs: pairs
                .into_iter()
                .map(|pair| Ok((pair, self.pack.pack_json(&pair.base)?)))
                .collect::<Result<_, Cause>>()?,
            rebased: settlement
                .rebased
                .iter()
                .map(|(object, left, base)| Ok((object, left, self.pack.pack_json(base)?)))
                .collect::<Result<_, Cause>>()?,
            settled: changes.map(|change| change.as_str()).collect(),
            failed: settlement
                .failed
                .iter()
                .map(|(change, why)| (change.as_str(), without_nul(why)))
                .collect(),
            problems: settlement
                .problems
                .iter()
                .map(|problem| (problem.id(), problem))
                .collect(),
            planned,
        })
    }
}

/// What makes the pair of a shared right record another than that of its owner.
fn sharer(pair: &Settled) -> Cow<'_, str> {
    match pair.shared {
        true => Cow::Owned(format!("{} {}", pair.left_object, pair.left)),
        false => Cow::Borrowed(""),
    }
}

/// A pair may be settled twice in a batch; the later base counts, and a statement must not name a row twice.
fn last_of_each(settled: &[Settled]) -> Vec<&Settled> {
    let mut seen = HashSet::with_capacity(settled.len());
    let mut kept: Vec<&Settled> = settled
        .iter()
        .rev()
        .filter(|pair| seen.insert((&pair.left_object, &pair.left)))
        .collect();
    kept.reverse();
    kept
}
