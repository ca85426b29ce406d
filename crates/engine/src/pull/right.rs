//! What changed on the right: by its date, by an order that shows what changed last, or page by page.

use model::{
    Ask, Cursor, End, Fault, FaultKind, How, Keep, Mode, ObjectName, Past, Planning, Raw, Read, Reading,
    RecordId, Seq, Side, Timestamp,
};

use super::{
    ASKED_AT_ONCE, ASKED_FOR, CLOCK_MARGIN, VENDOR_MARGIN, compare, earlier, left::turn_page, moved_on,
};
use crate::{
    bind::Bound,
    lost::prove,
    reading::{Course, ROUND, Verdict, Wanted, course, judge, next_run, step_of},
    work::{Stage, Tally, Work, again},
};

/// Reads what changed on the right. What a pair agreed on is recognised and not kept again; what differs, or belongs
/// to no pair, goes into the mirror.
pub(crate) async fn pull_right(
    work: &Work<'_>,
    tally: &Tally,
    bound: &[Bound],
    object: &ObjectName,
    stage: Stage,
) -> Result<(), Fault> {
    let reader = Reader {
        work,
        tally,
        bound,
        object,
        end: work.right_end(object),
        stage,
        reading: work.right_source.reading(object),
        fresh: true,
        noted: false,
    };
    let last = work.mirror.progress(&reader.end).await?;
    let reader = Reader {
        fresh: reader.is_fresh().await?,
        noted: stage == Stage::ReadingRight && reader.has_pairs().await?,
        ..reader
    };
    let since = last.as_ref().map(asked_since);
    let (how, records, keep) = reader.read(last).await?;
    if stage == Stage::ReadingRight {
        tally.counts().reads.push(Read {
            object: object.clone(),
            side: Side::Right,
            how,
            records,
            changed_since: since.filter(|_| how == How::Changed || how == How::Parts),
            all_since: keep.past.whole_at,
            within_runs: (how == How::Parts).then_some(ROUND),
        });
    }
    Ok(())
}

/// Reads one right object.
struct Reader<'a> {
    work: &'a Work<'a>,
    tally: &'a Tally,
    bound: &'a [Bound],
    object: &'a ObjectName,
    end: End,
    stage: Stage,
    reading: Reading,
    /// Whether this import has planned nothing of it yet.
    fresh: bool,
    /// Whether it is noted what is listed, so that what is gone is noticed: where there are no pairs, nothing can be missed.
    noted: bool,
}

impl Reader<'_> {
    /// Reads it in the way that is due: how, how many records, and where that leaves it.
    async fn read(&self, last: Option<Keep>) -> Result<(How, u64, Keep), Fault> {
        let now = self.work.right_now();
        let asked = self.work.scope.rescan && self.stage == Stage::ReadingRight;
        let all = asked || self.fresh;
        let last = match last {
            // A moment that has not come yet was noted by a clock that was wrong.
            Some(last) if last.cursor.is_none() && !all => Keep {
                began_at: last.began_at.min(now),
                ..last
            },
            unfinished => return self.whole(first(unfinished, now)).await,
        };
        if let Reading::Since { .. } = self.reading {
            return self.changed(&last, now).await;
        }
        if let Some((newest, pages)) = self.due(&last)
            && let Some((records, keep)) = self.parts(&last, newest, pages, now).await?
        {
            return Ok((How::Parts, records, keep));
        }
        self.again(&last, now).await
    }

    /// How much of it is due, if not everything. What was just written is looked for among what changed last.
    fn due(&self, last: &Keep) -> Option<(usize, u64)> {
        if self.stage == Stage::ReadingBack {
            return match self.reading {
                Reading::Newest { lists } => Some((lists, 0)),
                _ => None,
            };
        }
        let wanted = Wanted {
            reading: self.reading,
            calls: self.work.right_source.cost(self.object, last.past.records),
            whole: false,
            step: step_of(self.object.as_str()),
        };
        match course(Some(last), wanted) {
            Course::Parts { newest, pages } => Some((newest, pages)),
            Course::Whole => None,
        }
    }

    /// Reads everything; a pass that is interrupted goes on where it was.
    async fn whole(&self, mut keep: Keep) -> Result<(How, u64, Keep), Fault> {
        let mut records = 0;
        loop {
            let is_first = keep.cursor.is_none();
            let (raws, next) = self.page(Mode::Everything, keep.cursor.as_ref()).await?;
            records += raws.len() as u64;
            keep.cursor = next;
            self.note_listed(&raws, is_first).await?;
            if keep.cursor.is_none() {
                self.conclude().await?;
                end_pass(&mut keep, records);
            }
            self.take(raws, &keep, records).await?;
            if keep.cursor.is_none() {
                return Ok((How::Whole, records, keep));
            }
        }
    }

    /// Reads everything again; a pass that is interrupted begins again.
    async fn again(&self, last: &Keep, now: Timestamp) -> Result<(How, u64, Keep), Fault> {
        let mut keep = Keep {
            began_at: last.began_at.max(earlier(now, CLOCK_MARGIN)),
            ..next(last)
        };
        let (mut records, mut cursor) = (0, None);
        loop {
            let is_first = cursor.is_none();
            let (raws, next) = self.page(Mode::Everything, cursor.as_ref()).await?;
            records += raws.len() as u64;
            cursor = next;
            self.note_listed(&raws, is_first).await?;
            if cursor.is_none() {
                self.conclude().await?;
                end_pass(&mut keep, records);
                self.take(raws, &keep, records).await?;
                return Ok((How::Whole, records, keep));
            }
            self.take(raws, last, records).await?;
        }
    }

    /// Reads what changed by its date. A pass that is interrupted begins again from where the last one left off.
    async fn changed(&self, last: &Keep, now: Timestamp) -> Result<(How, u64, Keep), Fault> {
        let mode = Mode::ChangedSince(asked_since(last));
        let mut keep = next(last);
        let (mut records, mut cursor) = (0, None);
        loop {
            let (raws, next) = self.page(mode, cursor.as_ref()).await?;
            records += raws.len() as u64;
            cursor = next;
            let latest = self.latest(&raws);
            keep.began_at = keep.began_at.max(self.asks_from(latest, now, keep.began_at));
            if cursor.is_none() {
                settle(&mut keep, last, now);
                self.take(raws, &keep, records).await?;
                return Ok((How::Changed, records, keep));
            }
            self.take(raws, last, records).await?;
        }
    }

    /// Reads what changed last, and so many pages of the round; nothing, if its dates do not descend.
    async fn parts(
        &self,
        last: &Keep,
        newest: usize,
        pages: u64,
        now: Timestamp,
    ) -> Result<Option<(u64, Keep)>, Fault> {
        let mut keep = next(last);
        if self.stage == Stage::ReadingRight {
            keep.past.round = next_run(&last.past.round);
        }
        if pages > 0 && keep.past.round.began_at.is_none() {
            keep.past.round.began_at = Some(now);
        }
        let mut records = 0;
        for list in 0..newest {
            let Some((read, latest)) = self.newest(list, asked_since(last), &keep, records).await? else {
                return Ok(None);
            };
            records += read;
            keep.began_at = keep.began_at.max(latest.unwrap_or(keep.began_at));
        }
        keep.past.records = keep.past.records.max(records);
        settle(&mut keep, last, now);
        let mut left = pages;
        while left > 0 && !keep.past.round.done {
            left -= 1;
            let at = keep.past.round.cursor.clone();
            let (raws, next) = match self.page(Mode::Everything, at.as_ref()).await {
                // A place that the vendor has forgotten: the round begins anew.
                Err(fault) if at.is_some() && fault.kind() == FaultKind::Rejected => {
                    keep.past.round.pages = 0;
                    self.page(Mode::Everything, None).await?
                }
                page => page?,
            };
            records += raws.len() as u64;
            self.note_listed(&raws, keep.past.round.pages == 0).await?;
            turn_page(&mut keep, raws.len() as u64, next);
            if keep.past.round.done {
                self.conclude().await?;
            }
            self.take(raws, &keep, records).await?;
        }
        self.take(vec![], &keep, records).await?;
        Ok(Some((records, keep)))
    }

    /// Reads a list from what changed last down to that moment: how many records, and the latest change. Nothing, if it
    /// is in no such order.
    async fn newest(
        &self,
        list: usize,
        until: Timestamp,
        keep: &Keep,
        before: u64,
    ) -> Result<Option<(u64, Option<Timestamp>)>, Fault> {
        let (mut records, mut cursor, mut latest, mut last) = (0, None, None, None);
        loop {
            let (raws, next) = self.page(Mode::NewestFirst { list }, cursor.as_ref()).await?;
            let judged: Vec<_> = raws.iter().map(|raw| (self.changed_at(raw), true)).collect();
            let verdict = judge(&judged, last, until);
            if verdict == Verdict::Disorder {
                return Ok(None);
            }
            latest = latest.or_else(|| judged.iter().find_map(|(at, _)| *at));
            last = judged.iter().rev().find_map(|(at, _)| *at).or(last);
            records += raws.len() as u64;
            // Until all is read, the next pass asks from where this one did.
            let unfinished = Keep {
                began_at: until,
                ..keep.clone()
            };
            self.take(raws, &unfinished, before + records).await?;
            cursor = next;
            if verdict == Verdict::Enough || cursor.is_none() {
                return Ok(Some((records, latest)));
            }
        }
    }

    /// Notes what a page of everything listed.
    async fn note_listed(&self, raws: &[Raw], is_first: bool) -> Result<(), Fault> {
        if !self.noted {
            return Ok(());
        }
        let ids: Vec<RecordId> = raws.iter().map(|raw| raw.id.clone()).collect();
        self.work.mirror.list(&self.end, &ids, is_first).await
    }

    /// Once everything is read: a counterpart that no page listed is gone only if the vendor says so when asked for it, for
    /// pages shift. It comes before the last page is kept: a run that is killed here reads that page again.
    async fn conclude(&self) -> Result<(), Fault> {
        let (work, import) = (self.work, &self.work.import.id);
        let (mut after, mut asked, mut unasked): (Option<RecordId>, usize, u64) = (None, 0, 0);
        if !self.noted {
            return Ok(());
        }
        loop {
            let intents = work.intents;
            let ids = intents
                .unlisted(import, &self.end, after.as_ref(), ASKED_AT_ONCE)
                .await?;
            let Some(last) = ids.last() else { break };
            after = Some(last.clone());
            asked += 1;
            if asked > ASKED_FOR {
                unasked += ids.len() as u64;
                continue;
            }
            let suspects = ids.into_iter().map(|id| (self.object.clone(), id));
            prove(work, self.tally, self.bound, suspects.collect()).await?;
        }
        if unasked > 0 {
            let mut counts = self.tally.counts();
            counts.unlisted_rights.insert(self.object.clone(), unasked);
        }
        Ok(())
    }

    async fn page(&self, mode: Mode, cursor: Option<&Cursor>) -> Result<(Vec<Raw>, Option<Cursor>), Fault> {
        let ask = Ask {
            object: self.object.clone(),
            mode,
            cursor: cursor.cloned(),
        };
        let (work, tally) = (self.work, self.tally);
        let page = again(work, tally, async || work.right_source.read(&ask).await).await?;
        Ok((page.raws, moved_on(page.next, &ask)?))
    }

    /// Keeps what the mirror must have of a page, and where reading stands.
    async fn take(&self, raws: Vec<Raw>, keep: &Keep, records: u64) -> Result<(), Fault> {
        let compared = compare(self.work, self.tally, self.bound, &self.end, raws).await?;
        let mirror = self.work.mirror;
        mirror
            .keep(&self.end, &compared.keep, &compared.handles, keep)
            .await?;
        let total = keep.cursor.is_none().then_some(records);
        self.work.progress.stage(self.object, self.stage, records, total);
        Ok(())
    }

    /// The latest change that a page shows: what comes last in a page changed last, or it does no harm to read it again.
    fn latest(&self, raws: &[Raw]) -> Option<Timestamp> {
        let ends = [raws.first(), raws.last()];
        ends.into_iter()
            .flatten()
            .filter_map(|raw| self.changed_at(raw))
            .max()
    }

    fn changed_at(&self, raw: &Raw) -> Option<Timestamp> {
        self.work.right_source.shape(self.object, raw).ok()?.changed_at
    }

    /// Where the next pass asks from, as far as a page tells. What is read in the order of change shows the vendor's own
    /// clock; what is read otherwise may have changed behind our back since this pass began.
    fn asks_from(&self, latest: Option<Timestamp>, began: Timestamp, known: Timestamp) -> Timestamp {
        match latest {
            Some(latest) if self.reading == (Reading::Since { in_order: true }) => latest,
            Some(latest) => latest.min(earlier(began, CLOCK_MARGIN)),
            None => known,
        }
    }

    /// Whether this import has counterparts in this right object. What it has planned does not tell: a changed mapping has
    /// everything planned anew.
    async fn has_pairs(&self) -> Result<bool, Fault> {
        let (import, intents) = (&self.work.import.id, self.work.intents);
        let pairs = intents.pairs_in(import, self.object, None, 1).await?;
        Ok(!pairs.is_empty())
    }

    /// Whether this import has never planned the objects that are kept in this right object: then it has to know all
    /// records there are, whatever another import has read.
    async fn is_fresh(&self) -> Result<bool, Fault> {
        let work = self.work;
        let bound = self.bound.iter();
        for bound in bound.filter(|bound| &bound.pairing.right == self.object) {
            let end = work.left_end(&bound.pairing.left);
            let import = &work.import.id;
            if work.intents.planned(import, &end, Planning::Left).await? != Seq::default() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The pass that reads everything for the first time: the unfinished one, or another.
fn first(last: Option<Keep>, now: Timestamp) -> Keep {
    match last {
        Some(unfinished) if unfinished.cursor.is_some() => unfinished,
        last => Keep {
            pass: last.as_ref().map_or(1, |last| last.pass + 1),
            cursor: None,
            began_at: earlier(now, CLOCK_MARGIN),
            whole: true,
            past: last.map(|last| last.past).unwrap_or_default(),
        },
    }
}

/// The pass after one that came to its end.
fn next(last: &Keep) -> Keep {
    Keep {
        pass: last.pass + 1,
        whole: false,
        ..last.clone()
    }
}

fn end_pass(keep: &mut Keep, records: u64) {
    keep.past = Past {
        whole_at: Some(keep.began_at),
        whole_pass: keep.pass,
        records,
        ..Past::default()
    };
}

/// Since when what changed is asked for. A vendor may show a change a little later than it dates it.
fn asked_since(last: &Keep) -> Timestamp {
    match last.past.is_settled {
        true => last.began_at,
        false => earlier(last.began_at, VENDOR_MARGIN),
    }
}

/// Nothing newer came since a pass that began long enough before: then all that is dated before is shown by now.
fn settle(keep: &mut Keep, last: &Keep, now: Timestamp) {
    let is_later = last
        .past
        .looked_at
        .is_some_and(|then| then < earlier(now, VENDOR_MARGIN));
    let is_same = keep.began_at == last.began_at;
    keep.past.is_settled = is_same && (last.past.is_settled || is_later);
    keep.past.looked_at = Some(now);
}
