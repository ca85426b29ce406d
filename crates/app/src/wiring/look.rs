//! Looking at records without a run, and deciding about them.

use engine::{Inspected, Unwatched, written_anew};
use model::{
    Choice, Decision, Direction, FieldName, Import, ImportId, Intents, ObjectName, ProblemKind, RecordId,
    RunId, Settled, Settlement, Side, ValueMark,
};
use store::OpenProblem;

use super::{Ends, Order, Rooms};
use crate::failure::Failure;

/// How many records are looked at at once.
const AT_ONCE: usize = 500;

/// What a person can answer to a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This side's value is kept; of a record whose counterpart is gone: it is as on this side.
    Take(Side),
    /// This right record is the counterpart.
    Pair(RecordId),
    /// The record is planned once more.
    Retry,
}

/// What came of answering problems.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Answered {
    /// Problems that the next sync treats as decided.
    pub decided: u64,
    /// Those that were decided by what is there: their next sync closes them.
    pub settled_already: u64,
    /// Those to which this is no answer.
    pub skipped: u64,
}

impl Rooms {
    /// Looks at left records as both sides are in the mirror. No record is read from a vendor.
    pub async fn inspect(
        &self,
        import: &Import,
        object: &ObjectName,
        ids: &[RecordId],
    ) -> Result<Vec<Inspected>, Failure> {
        let ends = Ends::unwatched(self, import).await?;
        let run = RunId::from("look");
        let at = (&run, self.folder.as_path());
        let order = Order::manual(Direction::Both);
        let work = ends.work(self, &self.store, import, &order, &Unwatched, at)?;
        let mut inspected = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            inspected.extend(engine::inspect(&work, object, ids).await?);
        }
        Ok(inspected)
    }

    /// Answers problems of one import.
    pub async fn answer(
        &self,
        import: &ImportId,
        problems: &[OpenProblem],
        answer: &Answer,
    ) -> Result<Answered, Failure> {
        let import = self.store.import(import).await?.import;
        let mut answered = Answered::default();
        let mut objects: Vec<&ObjectName> = problems.iter().map(|open| &open.problem.object).collect();
        objects.sort();
        objects.dedup();
        for object in objects {
            let of_object: Vec<&OpenProblem> = problems
                .iter()
                .filter(|open| &open.problem.object == object)
                .collect();
            for chunk in of_object.chunks(AT_ONCE) {
                let one = match answer {
                    Answer::Retry => self.retry(&import, object, chunk).await?,
                    _ => self.decide(&import, object, chunk, answer).await?,
                };
                answered.decided += one.decided;
                answered.settled_already += one.settled_already;
                answered.skipped += one.skipped;
            }
        }
        Ok(answered)
    }

    async fn decide(
        &self,
        import: &Import,
        object: &ObjectName,
        problems: &[&OpenProblem],
        answer: &Answer,
    ) -> Result<Answered, Failure> {
        let inspected = self.inspect(import, object, &records(problems)).await?;
        let mut answered = Answered::default();
        let mut decisions = Vec::new();
        for open in problems {
            let about = inspected.iter().find(|one| one.left.id == open.problem.record);
            match about.map(|about| decision(open, about, answer)) {
                Some(Decided::As(decision)) => decisions.push(decision),
                Some(Decided::Already) => answered.settled_already += 1,
                Some(Decided::No) | None => answered.skipped += 1,
            }
        }
        answered.decided = decisions.len() as u64;
        self.store.decide(&import.id, &decisions).await?;
        Ok(answered)
    }

    /// Lets the next sync plan the records again; a field that the right side did not keep is written again.
    async fn retry(
        &self,
        import: &Import,
        object: &ObjectName,
        problems: &[&OpenProblem],
    ) -> Result<Answered, Failure> {
        let ids = records(problems);
        let rows = self.store.pairs(&import.id, object, &ids).await?;
        let lost: Vec<(&RecordId, &FieldName)> = problems
            .iter()
            .filter(|open| open.problem.kind == ProblemKind::Differs)
            .filter_map(|open| Some((&open.problem.record, open.problem.field.as_ref()?)))
            .collect();
        let mut settled: Vec<Settled> = Vec::new();
        for row in rows {
            let mut fields = lost.iter().filter(|(record, _)| **record == row.left).peekable();
            if fields.peek().is_none() {
                continue;
            }
            let pairing = import.recipe.pairing(&row.pairing);
            let shared = pairing.is_some_and(|pairing| pairing.onto.is_some());
            let fields: Vec<FieldName> = fields.map(|(_, field)| (*field).clone()).collect();
            settled.push(written_anew(row, &fields, shared));
        }
        if !settled.is_empty() {
            let settlement = Settlement {
                settled: &settled,
                ..Settlement::default()
            };
            self.store
                .settle(&import.id, &RunId::from("retry"), &settlement)
                .await?;
        }
        self.store.plan_again(&import.id, object, &ids).await?;
        Ok(Answered {
            decided: problems.len() as u64,
            ..Answered::default()
        })
    }
}

/// What an answer comes to for one problem.
enum Decided {
    As(Decision),
    Already,
    No,
}

fn decision(open: &OpenProblem, about: &Inspected, answer: &Answer) -> Decided {
    let problem = &open.problem;
    let decided = |field: Option<&FieldName>, choice: Choice, (left, right): (ValueMark, ValueMark)| {
        Decided::As(Decision {
            object: problem.object.clone(),
            record: problem.record.clone(),
            field: field.cloned(),
            choice,
            left,
            right,
        })
    };
    match (answer, problem.kind, &problem.field) {
        (Answer::Take(side), ProblemKind::Clash, Some(name)) => {
            let Some(view) = about.fields.iter().find(|view| &view.field == name) else {
                return Decided::Already;
            };
            if view.verdict != engine::merge::Merged::Clash && view.decided.is_none() {
                return Decided::Already;
            }
            let marks = (ValueMark::of(&view.left), ValueMark::of(&view.right));
            decided(Some(name), Choice::Take(*side), marks)
        }
        (Answer::Take(side), ProblemKind::GoneOnTheRight, None) => match &about.right_id {
            Some(right) => {
                let mark = engine::mark_of_lost(right);
                decided(None, Choice::Take(*side), (mark, mark))
            }
            None => Decided::Already,
        },
        (Answer::Pair(id), ProblemKind::EqualCandidates, _) => match about.choice {
            Some(marks) if about.candidates.iter().any(|record| &record.id == id) => {
                decided(None, Choice::Pair(id.clone()), marks)
            }
            Some(_) => Decided::No,
            None => Decided::Already,
        },
        _ => Decided::No,
    }
}

fn records(problems: &[&OpenProblem]) -> Vec<RecordId> {
    let mut ids: Vec<RecordId> = problems.iter().map(|open| open.problem.record.clone()).collect();
    ids.sort();
    ids.dedup();
    ids
}
