//! A value that several records have and only one may have is given to none of them.

use model::{Field, ProblemKind, Rule, Value};

use super::Planning;
use crate::unique::taken_from;

impl Planning<'_, '_> {
    /// Whether others say the same where only one may; the field stays empty until that is settled.
    pub(super) fn is_shared(&mut self, rule: &Rule, field: &Field, value: &Value) -> bool {
        let Some(shared) = self.given.shared.filter(|_| rule.unique && !value.is_empty()) else {
            return false;
        };
        let left = &self.pair.left;
        let Some(other) = shared.other(&left.id, &field.name) else {
            return false;
        };
        let object = &self.bound.pairing.left;
        let from = taken_from(rule, left).unwrap_or(&field.name);
        let text = format!(
            "`{}` stays empty: the {object} `{other}` has the same `{from}`, and only one may have it",
            field.name
        );
        self.waiting = true;
        if shared.is_said() || field.required {
            let hint =
                format!("give one of them another `{from}`, or none; the next sync fills in what is left");
            self.problem(
                ProblemKind::NotUnique,
                Some(&field.name),
                text,
                Some(&hint),
                field.required,
            );
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use model::{ChangeId, ProblemKind};

    use crate::{
        plan::{
            Given, plan,
            tests::{Case, bound, pair_of, with_given},
        },
        unique::Shared,
    };

    /// What is written of `note`, of which only one may have each, and whether that is a problem.
    fn check(left: &str, agreed: Option<&str>, others_say: &str, written: Option<&str>, is_problem: bool) {
        let mut bound = bound();
        bound
            .rules
            .iter_mut()
            .for_each(|(rule, _)| rule.unique = rule.right.as_str() == "note");
        let case = Case {
            left,
            right: agreed,
            base: agreed,
            candidates: &[],
        };
        let shared = Shared::of("5f", others_say, "77");
        let planned = with_given(&[], |given| {
            let given = Given {
                shared: Some(&shared),
                ..*given
            };
            plan(
                &given,
                &bound,
                &[pair_of(&case)],
                &mut HashSet::new(),
                &mut || ChangeId::new("1"),
            )
        });
        let fields = planned.changes.iter().flat_map(|change| &change.fields);
        let note = fields
            .filter(|field| field.name.as_str() == "note")
            .map(|field| crate::turn::say(&field.after));
        assert_eq!(
            note.collect::<Vec<_>>(),
            written.into_iter().collect::<Vec<_>>(),
            "{left}"
        );
        let mut problems = planned.problems.iter();
        assert_eq!(
            problems.any(|one| one.kind == ProblemKind::NotUnique),
            is_problem,
            "{left}"
        );
        assert!(planned.changes.iter().all(|change| change.waiting == is_problem));
    }

    #[test]
    fn what_others_say_as_well_is_nobodys() {
        check("name=Acme note=x", None, "other", Some("x"), false);
        check("name=Acme note=x", None, "note", None, true);
        check("name=Acme", None, "note", None, false);
        // It was ours alone, and is not any more.
        check(
            "name=Acme note=x",
            Some("name=Acme note=x part=PROD-1"),
            "note",
            Some(""),
            true,
        );
    }
}
