//! What the documentation leaves open, each way, while answers are lost.

use model::{Action, Change, Source};

use super::{
    writing::{at, changed, made},
    written::{OBJECTS, creation, desk},
    *,
};
use crate::kit::Faults;

#[tokio::test]
async fn whatever_the_documentation_leaves_open_nothing_is_made_twice_or_lost() {
    let settings = CONNECTOR.card().twin_settings.iter();
    let switches =
        settings.flat_map(|setting| setting.values.iter().skip(1).map(|value| (setting.name, *value)));
    // The clock of these tests stands still, so nobody is ever let through again.
    let switches: Vec<_> = switches.filter(|(name, _)| *name != "limits").collect();
    assert!(switches.len() > 30);
    let refusing = [("comments", "absent"), ("comment_writes", "refuse")];
    for (at, switch) in switches.into_iter().enumerate() {
        let desk = desk(&[switch]);
        let takes_comments = !refusing.contains(&switch);
        for object in OBJECTS
            .into_iter()
            .filter(|object| *object != "comment" || takes_comments)
        {
            let before = desk.dump(object).len();
            let changes: Vec<Change> = (0..6).map(|number| creation(&desk, object, number)).collect();
            let faults = format!(r#"{{"seed":{at},"rules":[{{"rate":0.3,"fault":"lost_answer"}}]}}"#);
            desk.wire
                .set_faults(serde_json::from_str::<Faults>(&faults).unwrap());
            let written = desk.insist(&changes).await;
            assert_eq!(desk.dump(object).len(), before + 6, "{switch:?} {object}");
            let field = changes[0].fields.last().unwrap().name.clone();
            let updates: Vec<Change> = written
                .iter()
                .zip(&changes)
                .map(|(written, change)| {
                    let mut update = changed(object, written.id.as_str(), &[]);
                    update.fields = change
                        .fields
                        .iter()
                        .filter(|known| known.name == field)
                        .cloned()
                        .collect();
                    update
                })
                .collect();
            desk.insist(&updates).await;
            desk.wire.set_faults(Faults::default());
            for update in updates {
                let Action::Update(id) = &update.action else {
                    unreachable!()
                };
                let raw = desk
                    .writer
                    .source
                    .find(&update.object, id)
                    .await
                    .unwrap()
                    .unwrap();
                let record = desk.writer.source.shape(&update.object, &raw).unwrap();
                assert_eq!(
                    record.fields[&field], update.fields[0].after,
                    "{switch:?} {object}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_is_archived_from_birth_is_found_again() {
    for seed in 0..10 {
        let desk = desk(&[("archived_by_id", "no")]);
        let before = desk.dump("task").len();
        let mut changes: Vec<Change> = (0..seed % 3 * 3 + 1)
            .map(|number| creation(&desk, "task", number))
            .collect();
        let done = made("task", "x", &[("dateDone", at("2026-02-01T00:00:00Z"))]).fields;
        changes
            .iter_mut()
            .for_each(|change| change.fields.extend(done.clone()));
        let faults = format!(r#"{{"seed":{seed},"rules":[{{"rate":0.4,"fault":"lost_answer"}}]}}"#);
        desk.wire
            .set_faults(serde_json::from_str::<Faults>(&faults).unwrap());
        desk.insist(&changes).await;
        assert_eq!(desk.dump("task").len(), before + changes.len(), "{seed}");
    }
}
