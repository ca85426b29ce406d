//! Many records in one call, read back from the beginning of a list.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, stream};
use model::{Action, Evidence, Fault, FaultKind, ObjectName, Raw, RecordId, Source, Written};
use serde_json::Value as Json;

use super::{
    super::{
        client::Aim,
        list, page,
        upsert::{self, Each},
    },
    Done, Job, Way, Writer, alike, doing,
    members::{Members, add_key},
};

/// Where a list shows what was just written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The list takes the ids of its records.
    ById,
    /// It can begin with what was made last, and with what was changed last.
    NewestFirst,
    /// It can begin with what was made last.
    NewestMadeFirst,
    /// It is not asked.
    OneByOne,
}

/// So many ids fit into an address: 2,000 characters are known to.
const IDS: usize = 75;

/// Records that others write meanwhile stand in front of ours.
const SLACK: usize = 50;

impl Writer {
    /// What came of those that went well or will not go better, and those that are to be sent one by one: then each is
    /// told its own reason.
    pub(super) async fn many<'a>(&self, way: &'static Way, jobs: Vec<Job<'a>>) -> (Vec<Done>, Vec<Job<'a>>) {
        let records: Vec<Members> = jobs.iter().map(|job| record(way, job)).collect();
        let sent = {
            let _turn = self.learned.turn.lock().await;
            upsert::send(&self.source.client, way.object, &records).await
        };
        let each = match sent {
            Ok(upserted) => upserted.each,
            // Not taken together for whatever reason: then perhaps one by one.
            Err(fault) if matches!(fault.kind(), FaultKind::Rejected | FaultKind::Gone) => {
                return (Vec::new(), jobs);
            }
            Err(fault) => {
                let all = jobs.iter().map(|job| (job.at, Err(alike(&fault))));
                return (all.collect(), Vec::new());
            }
        };
        let (mut done, mut rest, mut good) = (Vec::new(), Vec::new(), Vec::new());
        for (job, each) in jobs.into_iter().zip(each) {
            let is_new = matches!(job.change.action, Action::Create { .. });
            match each {
                Each::Created(stray) if !is_new => done.push((job.at, self.undo(way, &job, &stray).await)),
                Each::Created(id) | Each::Matched(id) => good.push((job.at, id, is_new)),
                Each::Refused {
                    kind: FaultKind::Denied,
                    words,
                } => {
                    let permission = super::one::allowed(way, if is_new { "Create" } else { "Update" });
                    let fault = Fault::new(FaultKind::Denied, doing(way, job.change)).said(words);
                    let hint = format!("give the token's private app the permission {permission} in Planhat");
                    done.push((job.at, Err(fault.hint(hint))));
                }
                Each::Refused { .. } | Each::Unheard => rest.push(job),
            }
        }
        let mut raws = self.read_back(way, &good).await;
        done.extend(good.into_iter().map(|(at, id, _)| {
            let raw = raws.remove(&id);
            let evidence = Evidence::Answered;
            (at, Ok(Written { id, raw, evidence }))
        }));
        (done, rest)
    }

    /// A record that is gone was made anew of its update: it is nobody's.
    async fn undo(&self, way: &Way, job: &Job<'_>, stray: &RecordId) -> Result<Written, Fault> {
        let doing = doing(way, job.change);
        self.delete(way, stray, &doing).await?;
        Err(Fault::new(FaultKind::Gone, doing))
    }

    /// The records as lists give them, which is how they will be read the next time; what a list does not show is read
    /// directly. What cannot be read now stays unknown: it is written all the same.
    async fn read_back(&self, way: &Way, good: &[(usize, RecordId, bool)]) -> HashMap<RecordId, Raw> {
        let of = |new: bool| -> HashSet<&RecordId> {
            let some = good.iter().filter(|(_, _, is_new)| *is_new == new);
            some.map(|(_, id, _)| id).collect()
        };
        let mut found = HashMap::new();
        if way.shown == Shown::ById {
            let ids: Vec<&str> = good.iter().map(|(_, id, _)| id.as_str()).collect();
            for ids in ids.chunks(IDS) {
                let filter = ("companyId", ids.join(","));
                self.look(way, filter, ids.len(), &mut found).await;
            }
        } else {
            for (order, ids) in [("-_id", of(true)), ("-updatedAt", of(false))] {
                if !ids.is_empty() {
                    let filter = ("sort", order.to_owned());
                    self.look(way, filter, ids.len() + SLACK, &mut found).await;
                }
            }
        }
        let (mut whole, mut calls) = (HashMap::new(), Vec::new());
        let object = ObjectName::new(way.object.name);
        for (_, id, _) in good {
            let listed = found.remove(id);
            match listed {
                Some(raw) if self.source.is_whole(&object, &raw) => drop(whole.insert(id.clone(), raw)),
                listed => {
                    let object = object.clone();
                    calls.push(async move {
                        let direct = self.source.find(&object, id).await.ok().flatten()?;
                        Some(match listed {
                            Some(listed) => listed.completed_by(direct),
                            None => direct,
                        })
                    });
                }
            }
        }
        let width = self.source.client.parallel();
        let direct: Vec<Option<Raw>> = stream::iter(calls).buffer_unordered(width).collect().await;
        whole.extend(direct.into_iter().flatten().map(|raw| (raw.id.clone(), raw)));
        whole
    }

    async fn look(
        &self,
        way: &Way,
        filter: (&str, String),
        limit: usize,
        found: &mut HashMap<RecordId, Raw>,
    ) {
        let doing = format!("reading {} that were written", way.object.name);
        let limit = (limit as u64).min(way.object.most);
        let passes = way.object.passes.first().copied().unwrap_or_default();
        let request = list::list(way.object.path, limit, 0).query(filter.0, filter.1);
        let request = passes
            .iter()
            .fold(request, |request, (name, value)| request.query(name, *value));
        let request = match way.object.select() {
            Some(names) => request.query("select", names),
            None => request,
        };
        let aim = Aim {
            doing: &doing,
            permission: way.object.permission,
        };
        let Ok(response) = self.source.client.ask(request, aim).await else {
            return;
        };
        let Ok(page) = page::split(&response.body, &doing) else {
            return;
        };
        for (id, text) in page.ids.iter().zip(&page.texts) {
            let id = RecordId::from(id.as_ref());
            found.insert(id.clone(), Raw::new(id, (*text).to_owned()));
        }
    }
}

/// A record as it goes with others: named by its id, or by our key.
fn record(way: &Way, job: &Job<'_>) -> Members {
    let mut members = job.members.clone();
    match &job.change.action {
        Action::Create { key } => drop(add_key(way, &mut members, key)),
        Action::Update(id) | Action::Delete(id) => {
            members.insert("_id".to_owned(), Json::from(id.as_str()));
        }
    }
    members
}
