//! What a pair agrees on after one of its records was written, by what the vendor answered.

use model::{
    Action, Base, Change, Evidence, FieldChange, Fields, Owner, Problem, ProblemKind, Record, Settled, Value,
    Written,
};

use super::problem;
use crate::{
    bind::Bound,
    merge::{kept_few, same},
    work::Work,
};

/// Notes where the vendor's answer differs from what was sent. Whether all else in it is as it was agreed on: if not,
/// somebody wrote there since the record was read.
fn agree_on_answer(
    bound: &Bound,
    change: &Change,
    (answer, evidence): (&Record, Evidence),
    base: &mut Base,
    problems: &mut Vec<Problem>,
) -> bool {
    let is_new = matches!(change.action, Action::Create { .. });
    let looked_back = evidence == Evidence::LookedBack;
    // The fields of a change stand in the order of the rules.
    let mut sent = change.fields.iter().peekable();
    let mut as_agreed = true;
    for (rule, field) in &bound.rules {
        let shown = answer.fields.get(&field.name);
        let kept = shown.unwrap_or(&Value::Nothing);
        let Some(sent) = sent.next_if(|sent| sent.name == field.name) else {
            // What a vendor fills in by itself is agreed on as it is.
            let is_written = looked_back && bound.is_ours(rule, field);
            if is_new && !kept.is_empty() && !is_written {
                base.right.insert(field.name.clone(), kept.clone());
            }
            let is_shown = shown.is_some() && rule.owner != Owner::Right;
            as_agreed &= is_new || !is_shown || same(kept, base.agreed(&field.name).right);
            continue;
        };
        if same(kept, &sent.after) {
            continue;
        }
        let name = &field.name;
        let few = shown.and_then(|kept| kept_few(name, &sent.after, kept));
        if looked_back && few.is_none() && !kept.is_empty() {
            // Whether the vendor or somebody made it so, nobody knows: where the left side does not own it, it may go back.
            if rule.owner == Owner::Left {
                base.left.insert(name.clone(), kept.clone());
            }
            continue;
        }
        base.right.insert(
            name.clone(),
            few.as_ref().map_or_else(|| kept.clone(), |few| few.kept.clone()),
        );
        let few = few.map(|few| (ProblemKind::Differs, few.text));
        let Some((kind, text)) = few.or_else(|| lost(sent, shown)) else {
            continue;
        };
        problems.push(Problem {
            field: Some(name.clone()),
            blocks: false,
            ..problem(change, kind, text, None)
        });
    }
    as_agreed
}

/// What is wrong where a value was not kept at all.
fn lost(sent: &FieldChange, shown: Option<&Value>) -> Option<(ProblemKind, String)> {
    let name = &sent.name;
    if sent.after.is_empty() {
        let text = format!("`{name}` is empty on the left side and cannot be emptied on the right");
        return Some((ProblemKind::DoesNotFit, text));
    }
    let text = format!("`{name}` was written, and the vendor answered that it is empty");
    shown?.is_empty().then_some((ProblemKind::Differs, text))
}

/// What a pair agrees on whose right record was there already when it was to be made: what it holds. Of what was sent the
/// left record said so then; the rest the vendor filled, unless only we fill it: then somebody else did.
fn agreed_on_found(bound: &Bound, sent: &Fields, found: &Record) -> Base {
    let mut base = Base::default();
    for (rule, field) in &bound.rules {
        let kept = found.fields.get(&field.name);
        let Some(kept) = kept.filter(|kept| !kept.is_empty()) else {
            continue;
        };
        if sent.contains_key(&field.name) {
            base.left.insert(field.name.clone(), kept.clone());
        } else if !bound.is_ours(rule, field) {
            base.right.insert(field.name.clone(), kept.clone());
        }
    }
    base
}

/// What the pair agrees on: what was sent, and what the vendor made of it. A vendor may write a value differently;
/// that it drops one is a problem. What was there already is compared with its left record before the run ends.
pub(crate) fn settle_one(
    work: &Work<'_>,
    bound: &[Bound],
    change: Change,
    done: &Written,
    problems: &mut Vec<Problem>,
) -> Settled {
    let mut change = change;
    let mut base = std::mem::take(&mut change.base);
    let is_new = matches!(change.action, Action::Create { .. });
    let found = is_new && done.evidence == Evidence::There;
    let is_unsure = is_new && done.evidence != Evidence::Answered;
    let sent = match found {
        true => std::mem::take(&mut base).left,
        false => Fields::new(),
    };
    let answered = done
        .raw
        .as_ref()
        .and_then(|raw| work.right_source.shape(&change.object, raw).ok());
    let bound = bound.iter().find(|bound| bound.pairing.id == change.pairing);
    let as_agreed = match (answered, bound) {
        (Some(record), Some(bound)) if found => {
            base = agreed_on_found(bound, &sent, &record);
            false
        }
        (Some(record), Some(bound)) => {
            agree_on_answer(bound, &change, (&record, done.evidence), &mut base, problems)
        }
        _ => true,
    };
    Settled {
        change: Some(change.id),
        pairing: change.pairing,
        left_object: change.left_object,
        left: change.left,
        right_object: change.object,
        right: done.id.clone(),
        base,
        adopted: change.adopted,
        waiting: change.waiting || is_unsure,
        returning: change.returning,
        shared: bound.is_some_and(|bound| bound.pairing.shares()),
        // By its hash a record is recognised when it is read back, and not looked at any closer.
        right_hash: done
            .raw
            .as_ref()
            .filter(|_| as_agreed && !is_unsure)
            .map(|raw| raw.hash),
    }
}

#[cfg(test)]
mod tests;
