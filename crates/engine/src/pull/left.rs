//! The left side into the mirror: everything, or what changed last and a part of the rest.

use std::{
    collections::{HashMap, HashSet},
    pin::pin,
};

use futures_util::{StreamExt, TryStreamExt, join, stream};
use model::{
    Ask, Cursor, End, Fault, FaultKind, How, Keep, Mode, ObjectName, Past, Planning, Raw, RawHash, Read,
    Reading, RecordId, Seq, Settlement, Side, Timestamp,
};
use tokio::sync::watch;

use super::{
    ASKED_AT_ONCE, ASKED_FOR, CLOCK_MARGIN, COMPLETED_AT_ONCE, COMPLETING_AT_ONCE, Pulled, READS_AT_ONCE,
    RESUMABLE, earlier, moved_on,
    within::{Carriers, arrived, keep_within, lose_within},
};
use crate::{
    reading::{Course, ROUND, Verdict, Wanted, course, judge, next_run, step_of},
    work::{Stage, Tally, Work, again},
};

/// How often one run begins a pass anew whose place the vendor has forgotten.
const BEGUN_AGAIN: u32 = 5;
/// How many ids of the mirror are looked at at once.
const IDS: usize = 5_000;

/// Reads a left object into the mirror. What the vendor does not give us is a gap of the certificate, and the other
/// objects go on. What others bring along is there when these are.
pub(crate) async fn pull_left(
    work: &Work<'_>,
    tally: &Tally,
    object: &ObjectName,
    carriers: Option<Carriers>,
    told: &watch::Sender<Pulled>,
) -> Result<(), Fault> {
    if let Some(carriers) = carriers {
        return arrived(work, tally, object, carriers, told).await;
    }
    let reader = Reader {
        work,
        tally,
        object,
        end: work.left_end(object),
        told,
    };
    match reader.read().await {
        Err(fault) if fault.kind() == FaultKind::Unavailable => {
            let why = [Some(model::chain(&fault)), fault.advice().map(str::to_owned)];
            let why: Vec<String> = why.into_iter().flatten().collect();
            tally.counts().unavailable.insert(object.clone(), why.join("; "));
            told.send_modify(|pulled| pulled.done = true);
            Ok(())
        }
        read => read,
    }
}

/// Reads these left records again, and notes which of them are gone. Gives since when all of the object's are known;
/// what was never read whole waits for that.
pub(super) async fn ask_again(
    work: &Work<'_>,
    tally: &Tally,
    object: &ObjectName,
    ids: Vec<RecordId>,
) -> Result<Option<Timestamp>, Fault> {
    let (told, _heard) = watch::channel(Pulled::default());
    let reader = Reader {
        work,
        tally,
        object,
        end: work.left_end(object),
        told: &told,
    };
    let Some(keep) = work.mirror.progress(&reader.end).await? else {
        return Ok(None);
    };
    match reader.ask_for(&keep, ids).await {
        Err(fault) if fault.kind() == FaultKind::Unavailable => {}
        asked => drop(asked?),
    }
    Ok(keep.past.whole_at)
}

/// Reads one left object.
struct Reader<'a> {
    work: &'a Work<'a>,
    tally: &'a Tally,
    object: &'a ObjectName,
    end: End,
    told: &'a watch::Sender<Pulled>,
}

impl Reader<'_> {
    async fn read(&self) -> Result<(), Fault> {
        let last = self.work.mirror.progress(&self.end).await?;
        let looked_at = last.as_ref().and_then(|last| last.past.looked_at);
        let course = course(last.as_ref(), self.wanted().await?);
        let (keep, suspects, how) = match (course, last) {
            (Course::Parts { newest, pages }, Some(last)) => match self.parts(&last, newest, pages).await? {
                Some((keep, suspects)) => (keep, suspects, How::Parts),
                // Its dates do not descend after all.
                None => (self.whole(Some(last)).await?, vec![], How::Whole),
            },
            (_, last) => (self.whole(last).await?, vec![], How::Whole),
        };
        self.conclude(&keep, suspects).await?;
        let is_parts = how == How::Parts;
        self.tally.counts().reads.push(Read {
            object: self.object.clone(),
            side: Side::Left,
            how,
            records: self.told.borrow().records,
            changed_since: looked_at.filter(|_| is_parts && newest_of(course) > 0),
            all_since: keep.past.whole_at,
            within_runs: is_parts.then_some(ROUND),
        });
        self.told.send_modify(|pulled| pulled.done = true);
        Ok(())
    }

    async fn wanted(&self) -> Result<Wanted, Fault> {
        let (work, object) = (self.work, self.object);
        let import = &work.import.id;
        let planned = work.intents.planned(import, &self.end, Planning::Left).await?;
        let there = work.mirror.met(&self.end, 0).await?.there;
        Ok(Wanted {
            reading: work.left.reading(object),
            calls: work.left.cost(object, there),
            whole: work.scope.rescan || planned == Seq::default(),
            step: step_of(object.as_str()),
        })
    }

    /// Reads everything; goes on with a pass that was interrupted a moment ago.
    async fn whole(&self, last: Option<Keep>) -> Result<Keep, Fault> {
        let mut keep = self.begin(last);
        let (mut records, mut begun, mut ahead) = (0, 0, None);
        loop {
            let in_hand = self.tally.page().await;
            let page = match ahead.take() {
                Some(page) => page,
                None => self.page(Mode::Everything, keep.cursor.as_ref()).await,
            };
            let (raws, next) = match page {
                // A place that the vendor has forgotten: everything is read from the beginning, but not for ever.
                Err(fault) if is_forgotten(&fault, &keep) && begun < BEGUN_AGAIN => {
                    begun += 1;
                    (records, keep.cursor) = (0, None);
                    continue;
                }
                page => page?,
            };
            let before = keep.clone();
            records += raws.len() as u64;
            keep.cursor = next;
            if keep.cursor.is_none() {
                keep.past = Past {
                    whole_at: Some(keep.began_at),
                    whole_pass: keep.pass,
                    looked_at: Some(keep.began_at),
                    records,
                    ..Past::default()
                };
            }
            let looks_ahead = self.looks_ahead(&raws);
            let taking = self.take_in(raws, &before, &keep);
            match keep.cursor.as_ref().filter(|_| looks_ahead) {
                Some(next) => {
                    let (taken, page) = join!(taking, self.page(Mode::Everything, Some(next)));
                    taken?;
                    ahead = Some(page);
                }
                None => taking.await?,
            }
            drop(in_hand);
            if keep.cursor.is_none() {
                return Ok(keep);
            }
        }
    }

    /// Whether the next page is asked for while the records of this one are read, each by itself: a list that may be asked
    /// again for the same page, and whose pages are small for they show no whole records.
    fn looks_ahead(&self, listed: &[Raw]) -> bool {
        let left = self.work.left;
        let is_partial = |raw: &Raw| !left.is_whole(self.object, raw);
        matches!(left.reading(self.object), Reading::Newest { .. }) && listed.iter().any(is_partial)
    }

    fn begin(&self, last: Option<Keep>) -> Keep {
        let now = self.work.clock.now();
        match last {
            Some(unfinished) if unfinished.cursor.is_some() && is_young(&unfinished, now) => unfinished,
            last => Keep {
                pass: last.as_ref().map_or(1, |last| last.pass + 1),
                cursor: None,
                began_at: now,
                whole: true,
                past: last.map(|last| last.past).unwrap_or_default(),
            },
        }
    }

    /// Reads what changed last and so many pages of the round. Gives also the ids that the vendor does not name any more;
    /// nothing, if what should show what changed last is in no such order.
    async fn parts(
        &self,
        last: &Keep,
        newest: usize,
        pages: u64,
    ) -> Result<Option<(Keep, Vec<RecordId>)>, Fault> {
        let now = self.work.clock.now();
        let mut keep = Keep {
            whole: false,
            ..last.clone()
        };
        keep.past.round = next_run(&last.past.round);
        if pages > 0 && keep.past.round.began_at.is_none() {
            keep.pass += 1;
            keep.past.round.began_at = Some(now);
        }
        let until = earlier(last.past.looked_at.unwrap_or(last.began_at), CLOCK_MARGIN);
        for list in 0..newest {
            if !self.newest(list, until, &keep).await? {
                return Ok(None);
            }
        }
        self.slice(&mut keep, pages).await?;
        let mut suspects = self.compare_ids(&keep).await?;
        suspects.extend(self.deleted(until).await?);
        keep.past.looked_at = Some(now);
        self.keep(&[], &keep).await?;
        Ok(Some((keep, suspects)))
    }

    /// Reads a list from what changed last until everything is old and known; says whether it was in that order.
    async fn newest(&self, list: usize, until: Timestamp, keep: &Keep) -> Result<bool, Fault> {
        let (mut cursor, mut before) = (None, None);
        loop {
            let in_hand = self.tally.page().await;
            let (raws, next) = self.page(Mode::NewestFirst { list }, cursor.as_ref()).await?;
            let ids: Vec<RecordId> = raws.iter().map(|raw| raw.id.clone()).collect();
            let known = self.work.mirror.hashes(&self.end, &ids).await?;
            let judged: Vec<_> = raws
                .iter()
                .map(|raw| (self.changed_at(raw), known.get(&raw.id) == Some(&raw.hash)))
                .collect();
            let verdict = judge(&judged, before, until);
            if verdict == Verdict::Disorder {
                return Ok(false);
            }
            before = judged.iter().rev().find_map(|(at, _)| *at).or(before);
            self.take_in(raws, keep, keep).await?;
            drop(in_hand);
            cursor = next;
            if verdict == Verdict::Enough || cursor.is_none() {
                return Ok(true);
            }
        }
    }

    fn changed_at(&self, raw: &Raw) -> Option<Timestamp> {
        self.work.left.shape(self.object, raw).ok()?.changed_at
    }

    /// Reads so many pages of the round, each kept with where the next begins.
    async fn slice(&self, keep: &mut Keep, pages: u64) -> Result<(), Fault> {
        let mut read = 0;
        while read < pages && !keep.past.round.done {
            let in_hand = self.tally.page().await;
            let at = keep.past.round.cursor.clone();
            let (raws, next) = match self.page(Mode::Everything, at.as_ref()).await {
                // A place that the vendor has forgotten: the round begins anew.
                Err(fault) if at.is_some() && fault.kind() == FaultKind::Rejected => {
                    keep.past.round.pages = 0;
                    self.page(Mode::Everything, None).await?
                }
                page => page?,
            };
            let before = keep.clone();
            read += 1;
            turn_page(keep, raws.len() as u64, next);
            self.take_in(raws, &before, keep).await?;
            drop(in_hand);
        }
        Ok(())
    }

    /// Holds all ids that the vendor names, where that is cheap, against those of the mirror: reads those that are
    /// strange, and gives those that it does not name.
    async fn compare_ids(&self, keep: &Keep) -> Result<Vec<RecordId>, Fault> {
        let (work, tally) = (self.work, self.tally);
        let named = again(work, tally, async || work.left.ids(self.object).await).await?;
        let Some(named) = named else {
            return Ok(vec![]);
        };
        tally
            .counts()
            .named
            .insert(self.object.clone(), named.len() as u64);
        let mut strange: HashSet<RecordId> = named.into_iter().collect();
        let mut missing = Vec::new();
        let mut after: Option<RecordId> = None;
        loop {
            let known = work.mirror.there(&self.end, after.as_ref(), IDS).await?;
            let Some(last) = known.last() else { break };
            after = Some(last.clone());
            missing.extend(known.into_iter().filter(|id| !strange.remove(id)));
        }
        let mut strange: Vec<RecordId> = strange.into_iter().collect();
        strange.sort();
        strange.truncate(ASKED_AT_ONCE);
        self.ask_for(keep, strange).await?;
        Ok(missing)
    }

    /// Those of the records that the vendor lists as deleted that the mirror has.
    async fn deleted(&self, since: Timestamp) -> Result<Vec<RecordId>, Fault> {
        let (work, tally) = (self.work, self.tally);
        let named = again(work, tally, async || {
            work.left.deleted_since(self.object, since).await
        })
        .await?;
        let mut known = Vec::new();
        for ids in named.unwrap_or_default().chunks(IDS) {
            known.extend(work.mirror.hashes(&self.end, ids).await?.into_keys());
        }
        known.sort();
        Ok(known)
    }

    /// A record that everything was read without meeting, or that the vendor does not name, is gone only if the vendor says
    /// so when asked for it; else a page had shifted.
    async fn conclude(&self, keep: &Keep, suspects: Vec<RecordId>) -> Result<(), Fault> {
        let (work, end) = (self.work, &self.end);
        let most = ASKED_AT_ONCE * ASKED_FOR;
        for ids in suspects.chunks(ASKED_AT_ONCE).take(ASKED_FOR) {
            self.ask_for(keep, ids.to_vec()).await?;
        }
        for _ in 0..ASKED_FOR {
            let unmet = work
                .mirror
                .unmet(end, keep.past.whole_pass, ASKED_AT_ONCE)
                .await?;
            if unmet.is_empty() {
                break;
            }
            let there = self.ask_for(keep, unmet).await?;
            if !work.left.lists_all(self.object) && !there.is_empty() {
                work.mirror.hide(end, &there).await?;
            }
        }
        let met = work.mirror.met(end, keep.past.whole_pass).await?;
        let mut counts = self.tally.counts();
        if met.gone > 0 {
            counts.gone.insert(end.object.clone(), met.gone);
        }
        let unasked = met.unmet.max(suspects.len().saturating_sub(most) as u64);
        counts.unasked.insert(end.object.clone(), unasked);
        Ok(())
    }

    /// Asks for records one by one, and notes which of them are gone; gives those that are there.
    async fn ask_for(&self, keep: &Keep, ids: Vec<RecordId>) -> Result<Vec<RecordId>, Fault> {
        let (work, tally, end) = (self.work, self.tally, &self.end);
        let found: Vec<(RecordId, Option<Raw>)> = stream::iter(ids)
            .map(async |id: RecordId| {
                let found = again(work, tally, async || work.left.find(&end.object, &id).await).await;
                match found {
                    Err(fault) if fault.kind() == FaultKind::Gone => Ok((id, None)),
                    found => Ok::<_, Fault>((id, found?)),
                }
            })
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await?;
        let (gone, there): (Vec<_>, Vec<_>) = found
            .iter()
            .partition(|(id, raw)| raw.as_ref().is_none_or(|raw| &raw.id != id));
        let ids_of =
            |some: Vec<&(RecordId, Option<Raw>)>| some.into_iter().map(|(id, _)| id.clone()).collect();
        let (gone, there): (Vec<RecordId>, Vec<RecordId>) = (ids_of(gone), ids_of(there));
        let still_there: Vec<Raw> = found.into_iter().filter_map(|(_, raw)| raw).collect();
        if !still_there.is_empty() {
            keep_within(work, end, &still_there, keep).await?;
            work.mirror.keep(end, &still_there, &[], keep).await?;
        }
        if gone.is_empty() {
            return Ok(there);
        }
        lose_within(work, end, &gone).await?;
        work.mirror.lose(end, &gone).await?;
        // Nobody needs to decide anything about a record that is not there any more.
        let settlement = Settlement {
            planned_records: &gone,
            object: Some((&end.object, Side::Right)),
            ..Settlement::default()
        };
        work.intents
            .settle(&work.import.id, work.run, &settlement)
            .await?;
        Ok(there)
    }

    async fn page(&self, mode: Mode, cursor: Option<&Cursor>) -> Result<(Vec<Raw>, Option<Cursor>), Fault> {
        let ask = Ask {
            object: self.object.clone(),
            mode,
            cursor: cursor.cloned(),
        };
        let (work, tally) = (self.work, self.tally);
        let page = again(work, tally, async || work.left.read(&ask).await).await?;
        Ok((page.raws, moved_on(page.next, &ask)?))
    }

    /// Keeps a page, with what its records hold. Those that a list only showed in part are read directly first, not all at
    /// once: what came of the page so far is kept with where it began.
    async fn take_in(&self, listed: Vec<Raw>, before: &Keep, after: &Keep) -> Result<(), Fault> {
        let is_whole = |raw: &Raw| self.work.left.is_whole(&self.end.object, raw);
        if listed.iter().all(is_whole) {
            return self.keep(&listed, after).await;
        }
        let ids: Vec<RecordId> = listed.iter().map(|raw| raw.id.clone()).collect();
        let known = self.work.mirror.hashes(&self.end, &ids).await?;
        let mut rest = listed.len();
        let completing = stream::iter(listed)
            .map(|raw| self.complete(raw, &known))
            .buffered(COMPLETING_AT_ONCE)
            .chunks(COMPLETED_AT_ONCE);
        let mut completing = pin!(completing);
        while let Some(completed) = completing.next().await {
            rest = rest.saturating_sub(completed.len());
            let raws: Result<Vec<Raw>, Fault> = completed.into_iter().filter_map(Result::transpose).collect();
            self.keep(&raws?, if rest == 0 { after } else { before }).await?;
        }
        Ok(())
    }

    /// Keeps records, and tells those who wait for them.
    async fn keep(&self, raws: &[Raw], keep: &Keep) -> Result<(), Fault> {
        keep_within(self.work, &self.end, raws, keep).await?;
        self.work.mirror.keep(&self.end, raws, &[], keep).await?;
        self.told
            .send_modify(|pulled| pulled.records += raws.len() as u64);
        let records = self.told.borrow().records;
        let total = (keep.whole && keep.cursor.is_none()).then_some(records);
        self.work
            .progress
            .stage(self.object, Stage::ReadingLeft, records, total);
        Ok(())
    }

    /// Reads directly what a list only showed in part, if it is new or changed.
    async fn complete(&self, raw: Raw, known: &HashMap<RecordId, RawHash>) -> Result<Option<Raw>, Fault> {
        let (work, object) = (self.work, &self.end.object);
        if work.left.is_whole(object, &raw) || known.get(&raw.id) == Some(&raw.hash) {
            return Ok(Some(raw));
        }
        let found = again(work, self.tally, async || work.left.find(object, &raw.id).await).await?;
        Ok(found.map(|found| raw.completed_by(found)))
    }
}

/// Notes in a round that a page of it was read.
pub(super) fn turn_page(keep: &mut Keep, records: u64, next: Option<Cursor>) {
    let round = &mut keep.past.round;
    round.pages += 1;
    round.records += records;
    round.done = next.is_none();
    round.cursor = next;
    if round.done {
        keep.past.whole_at = round.began_at;
        keep.past.records = round.records;
        keep.past.whole_pass = keep.pass;
    }
}

/// Whether the vendor does not know any more where a pass was to go on.
fn is_forgotten(fault: &Fault, keep: &Keep) -> bool {
    keep.cursor.is_some() && fault.kind() == FaultKind::Rejected
}

/// Whether what an interrupted pass read is still as good as new.
fn is_young(pass: &Keep, now: Timestamp) -> bool {
    earlier(now, RESUMABLE) < pass.began_at
}

fn newest_of(course: Course) -> usize {
    match course {
        Course::Parts { newest, .. } => newest,
        Course::Whole => 0,
    }
}
