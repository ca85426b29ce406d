//! What the user of the import does between runs: decides, and takes back.

use engine::{Undo, Work, merge::Merged};
use model::{
    Action, Change, Choice, Decision, Fault, FieldName, ObjectName, Problem, ProblemKind, RecordId, RunId,
    Side, Value, ValueMark,
};
use store::{Fate, Past};

use crate::{
    clock::{Ended, at_once},
    counts::Befell,
    dice::Dice,
    judge::{TEXTS, Text},
    people::{Undone, Wrote, key_of_left, records, text_of},
    world::{Stumble, World},
};

impl World<'_> {
    /// One task of the engine in a process of its own, which nobody kills.
    fn task<T>(
        &mut self,
        task: impl AsyncFnOnce(&Work<'_>) -> Result<T, Fault>,
    ) -> Result<Result<T, Fault>, Stumble> {
        let run = self.next_run();
        let store = self.opened()?;
        let (left, right) = self.sessions()?;
        self.death.begin(None);
        let ended = self.work(&run, &store, left.as_ref(), right.as_ref(), task)?;
        drop((left, right, store));
        self.end_process();
        match ended {
            Ended::ByItself(result) => Ok(result),
            Ended::Killed | Ended::Stuck => Err("what nobody disturbs does not end".into()),
        }
    }

    /// Decides one open clash, for one side or the other. Says what was done.
    pub fn decide(&mut self, dice: &mut Dice) -> Result<String, Stumble> {
        let problems = self.problems()?;
        let parts = self.with_people(|people| people.parts);
        let is_open = |problem: &&Problem| match problem.kind {
            ProblemKind::Clash => true,
            ProblemKind::GoneOnTheRight => parts,
            _ => false,
        };
        let open: Vec<_> = problems.iter().filter(is_open).collect();
        let Some(problem) = dice.pick(&open) else {
            return Ok("nothing is to be decided".to_owned());
        };
        if problem.kind == ProblemKind::GoneOnTheRight {
            return self.decide_lost(problem, dice);
        }
        let (object, record) = (problem.object.clone(), problem.record.clone());
        let Some(field) = problem.field.clone() else {
            return Ok("it has no field".to_owned());
        };
        let side = if dice.percent(50) { Side::Left } else { Side::Right };
        let ids = [record.clone()];
        let looked = self.task(async |work| engine::inspect(work, &object, &ids).await)?;
        let Ok(inspected) = looked else {
            return Ok("it cannot be looked at".to_owned());
        };
        let view = inspected
            .iter()
            .flat_map(|one| &one.fields)
            .find(|view| view.field == field);
        let Some(view) = view.filter(|view| view.verdict == Merged::Clash) else {
            return Ok("it is decided already".to_owned());
        };
        let decision = Decision {
            object: object.clone(),
            record: record.clone(),
            field: Some(field.clone()),
            choice: Choice::Take(side),
            left: ValueMark::of(&view.left),
            right: ValueMark::of(&view.right),
        };
        let store = self.opened()?;
        let _entered = self.ground.enter();
        at_once(model::Intents::decide(&store, &self.import.id, &[decision]))?;
        drop((store, _entered));
        self.counts.count(Befell::Decision);
        self.expect_decided(&object, &record, &field, (side, &view.left, &view.right));
        Ok(format!("decided {object} {record}.{field} for the {side:?}"))
    }

    /// Decides whether what lost its counterpart gets another, or is left out.
    fn decide_lost(&mut self, problem: &Problem, dice: &mut Dice) -> Result<String, Stumble> {
        let (object, record) = (problem.object.clone(), problem.record.clone());
        let ids = [record.clone()];
        let looked = self.task(async |work| engine::inspect(work, &object, &ids).await)?;
        let right = looked
            .ok()
            .and_then(|inspected| inspected.into_iter().find_map(|one| one.right_id));
        let Some(right) = right else {
            return Ok("it has no counterpart to decide about".to_owned());
        };
        let side = if dice.percent(50) { Side::Left } else { Side::Right };
        let mark = engine::mark_of_lost(&right);
        let decision = Decision {
            object: object.clone(),
            record: record.clone(),
            field: None,
            choice: Choice::Take(side),
            left: mark,
            right: mark,
        };
        let store = self.opened()?;
        let _entered = self.ground.enter();
        at_once(model::Intents::decide(&store, &self.import.id, &[decision]))?;
        drop((store, _entered));
        self.counts.count(Befell::LossDecision);
        let lefts = records(&self.twins.left, object.as_str());
        let left = lefts
            .iter()
            .find(|left| text_of(left, "/_id") == Some(record.as_str()));
        if let Some(key) = left.and_then(|left| key_of_left(object.as_str(), left)) {
            self.with_people(|people| people.decided(&key, side == Side::Left));
        }
        Ok(format!(
            "decided {object} {record} without {right} for the {side:?}"
        ))
    }

    /// What was decided must come, if both sides are as the person saw them.
    fn expect_decided(
        &self,
        object: &ObjectName,
        record: &RecordId,
        field: &FieldName,
        (side, left, right): (Side, &Value, &Value),
    ) {
        let is_of = |text: &&Text| text.0 == object.as_str() && text.field() == field.as_str();
        let Some(text) = TEXTS.iter().find(is_of) else {
            return;
        };
        let lefts = records(&self.twins.left, text.0);
        let found = lefts
            .iter()
            .find(|left| text_of(left, "/_id") == Some(record.as_str()));
        let Some(now) = found else { return };
        let (Some(left), Some(right)) = (left.as_text(), right.as_text()) else {
            return;
        };
        let Some(key) = key_of_left(text.0, now) else {
            return;
        };
        let same = |one: Option<&str>, other: &str| one.map(str::trim) == Some(other.trim());
        let left_now = text_of(now, &format!("/{}", text.1));
        let right_now = crate::judge::right_text(&self.twins, &key, text);
        if !same(left_now, left) || !same(right_now.as_deref(), right) {
            return;
        }
        let wrote = match side {
            Side::Left => Wrote {
                left: Some(left.to_owned()),
                right: None,
            },
            Side::Right => Wrote {
                left: None,
                right: Some(right.to_owned()),
            },
        };
        self.with_people(|people| people.wrote.insert((key, text.1), wrote));
    }

    /// Takes back what a run wrote last into one field of a right record. Says what was done.
    pub fn take_back(&mut self, dice: &mut Dice) -> Result<String, Stumble> {
        let first = dice.below(TEXTS.len());
        let (before, from) = TEXTS.split_at(first.min(TEXTS.len()));
        for text in from.iter().chain(before) {
            if let Some((undo, key)) = self.undoable(text, dice)? {
                return self.take_back_one(undo, (key, text));
            }
        }
        Ok("nothing is to be taken back".to_owned())
    }

    /// A left record of which such a text was written, with its key.
    fn undoable(&mut self, text: &Text, dice: &mut Dice) -> Result<Option<(Undo, String)>, Stumble> {
        let lefts = records(&self.twins.left, text.0);
        let start = dice.below(lefts.len());
        let (earlier, later) = lefts.split_at(start.min(lefts.len()));
        for left in later.iter().chain(earlier) {
            let (Some(id), Some(key)) = (text_of(left, "/_id"), key_of_left(text.0, left)) else {
                continue;
            };
            let (object, id) = (ObjectName::new(text.0), RecordId::new(id));
            // What somebody wrote since, no run may have read yet: it is written over what was taken back, and should be.
            let right = crate::judge::right_text(&self.twins, &key, text);
            let now = text_of(left, &format!("/{}", text.1));
            if now.map(str::trim) != right.as_deref().map(str::trim) {
                continue;
            }
            let store = self.opened()?;
            let entered = self.ground.enter();
            let history = at_once(store.changes_of(&self.import.id, &object, &id))?;
            drop((entered, store));
            if let Some(undo) = undo_of((object, id), text, history) {
                return Ok(Some((undo, key)));
            }
        }
        Ok(None)
    }

    fn left_text(&self, key: &str, text: &Text) -> Option<String> {
        let lefts = records(&self.twins.left, text.0);
        let left = lefts
            .iter()
            .find(|left| key_of_left(text.0, left).as_deref() == Some(key))?;
        text_of(left, &format!("/{}", text.1)).map(str::to_owned)
    }

    fn take_back_one(&mut self, undo: Undo, (key, text): (String, &Text)) -> Result<String, Stumble> {
        let place = (key, text.1);
        let before = self.left_text(&place.0, text);
        let told = format!("took back {} {}.{:?}", undo.object, undo.left, undo.only);
        let undone = self.task(async |work| engine::undo(work, std::slice::from_ref(&undo), false).await)?;
        let became = match undone {
            Ok(undone) if undone.changes.is_empty() => return Ok(format!("{told}: it stays")),
            Ok(undone) => {
                let fields = undone.changes.iter().flat_map(|change| &change.fields);
                let texts = fields.filter_map(|field| field.after.as_text());
                Undone(texts.map(str::to_owned).next())
            }
            Err(_) => Undone(None),
        };
        self.counts.count(Befell::Undone);
        // What somebody wrote meanwhile is written over it by the next run.
        if self.left_text(&place.0, text) == before {
            self.with_people(|people| people.undone.insert(place, became.clone()));
        }
        Ok(format!("{told}: {became:?}"))
    }
}

/// What is to be undone of a record so that this text is as it was before the last run that wrote it.
fn undo_of((object, left): (ObjectName, RecordId), text: &Text, history: Vec<Past>) -> Option<Undo> {
    let settled = history
        .into_iter()
        .filter(|past| matches!(past.fate, Fate::Settled { .. }));
    let settled: Vec<Past> = settled.collect();
    let field = FieldName::new(text.field());
    let wrote = |change: &Change| {
        let is_text =
            |before: &Option<Value>| before.as_ref().is_some_and(|before| before.as_text().is_some());
        let fields = &change.fields;
        change.side == Side::Right
            && change.object.as_str() == text.2
            && fields.iter().any(|one| one.name == field && is_text(&one.before))
    };
    let last = settled.iter().rfind(|past| wrote(&past.change))?;
    let run: RunId = last.run.clone();
    let (chosen, others): (Vec<Past>, Vec<Past>) = settled.into_iter().partition(|past| past.run == run);
    let is_update = |past: &Past| matches!(past.change.action, Action::Update(_));
    if !chosen.iter().all(is_update) {
        return None;
    }
    let began = chosen.first()?.intended_at;
    let later = others.into_iter().filter(|past| past.intended_at > began);
    Some(Undo {
        object,
        left,
        later: later.map(|past| (past.run, past.change)).collect(),
        chosen: chosen.into_iter().map(|past| past.change).collect(),
        only: Some(field),
        force: false,
    })
}
