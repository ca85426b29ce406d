//! Files brought from left to right before the records that show or hold them are written: fetched to the disk, brought
//! once however often they are named, and remembered.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{
    AddressMark, Attachment, BroughtFile, Fault, FaultKind, FileCounts, KnownFile, Record, RecordId,
};

use crate::{
    bind::Bound,
    carry::{Carrier, room},
    files::{Got, Missing, Pictures, Taken, Wanted, wanted},
    stage::{Due, Lane},
    work::{Tally, Work, again},
};

/// How many of the files that a run brought are fetched back and compared.
pub(crate) const COMPARED: usize = 50;

/// What a run knows of files while its lanes work side by side.
#[derive(Default)]
pub(crate) struct Bringing {
    /// Addresses that gave nothing in this run. Held while files are brought, so that no two lanes bring the same one.
    pub(crate) tried: tokio::sync::Mutex<HashSet<AddressMark>>,
}

/// What a run counted of files.
#[derive(Default)]
pub(crate) struct Moved {
    pub(crate) brought: u64,
    pub(crate) bytes: u64,
    pub(crate) missing: BTreeMap<String, u64>,
    /// Those to be fetched back: the ones with the lowest digests, which is as good as any choice by chance.
    compared: BTreeMap<[u8; 32], BroughtFile>,
    /// What a preview would fetch.
    pub(crate) ahead: BTreeSet<AddressMark>,
}

impl Moved {
    pub(crate) fn count(&mut self, file: &BroughtFile) {
        self.brought += 1;
        self.bytes += file.size;
        self.compared.insert(file.sha256, file.clone());
        if self.compared.len() > COMPARED {
            self.compared.pop_last();
        }
    }
}

/// The records of a batch with the files that they need.
type Needs = Vec<(RecordId, bool, Vec<Wanted>)>;

impl Lane<'_> {
    /// What became of the files of a batch; those that are not known yet are brought first.
    pub(crate) async fn files(&self, due: &[(usize, Vec<Due>)]) -> Result<Taken, Fault> {
        let needs = self.needs(due);
        let mut named: HashMap<AddressMark, &Wanted> = HashMap::new();
        for one in needs.iter().flat_map(|(_, _, wanted)| wanted) {
            named.entry(AddressMark::of(&one.file.url)).or_insert(one);
        }
        let known = match self.preview {
            Some(_) => self.foreseen(&named).await?,
            None => self.carrier().brought(&named).await?,
        };
        if self.preview.is_none() {
            self.attach(&needs, &known).await?;
        }
        let holders: Vec<RecordId> = self.holders(due);
        let (import, files) = (&self.work.import.id, self.work.files);
        Ok(Taken {
            by_address: by_address(&named, &known),
            attached: match holders.is_empty() {
                true => HashMap::new(),
                false => files.attached(import, self.object, &holders).await?,
            },
            is_turned: false,
        })
    }

    fn carrier(&self) -> Carrier<'_> {
        carrier(self.work, self.tally)
    }

    fn needs(&self, due: &[(usize, Vec<Due>)]) -> Needs {
        let pictures = Pictures::chosen(&self.work.import.options);
        let is_own = |address: &str| self.work.left.is_own_file(address);
        let mut needs = Vec::new();
        for (at, due) in due {
            let Some(bound) = self.bound.get(*at) else {
                continue;
            };
            for one in due {
                let wanted = wanted(bound, &one.left, pictures, &is_own);
                if !wanted.is_empty() {
                    needs.push((one.left.id.clone(), bound.attach.is_some(), wanted));
                }
            }
        }
        needs
    }

    /// Records whose counterparts hold files.
    fn holders(&self, due: &[(usize, Vec<Due>)]) -> Vec<RecordId> {
        let holds = |at: &usize| self.bound.get(*at).is_some_and(|bound| bound.attach.is_some());
        let holding = due.iter().filter(|(at, _)| holds(at));
        holding
            .flat_map(|(_, due)| due.iter().map(|due| due.left.id.clone()))
            .collect()
    }

    /// What is known without fetching anything; the rest is counted.
    async fn foreseen(
        &self,
        named: &HashMap<AddressMark, &Wanted>,
    ) -> Result<HashMap<AddressMark, KnownFile>, Fault> {
        let known = self.carrier().known(named.keys()).await?;
        let ahead = named.keys().filter(|mark| !known.contains_key(mark));
        self.tally.counts().files.ahead.extend(ahead);
        Ok(known)
    }

    /// Gives files that belong to nobody yet to the first record that needs them and can hold some.
    async fn attach(&self, needs: &Needs, known: &HashMap<AddressMark, KnownFile>) -> Result<(), Fault> {
        let mut owners = Vec::new();
        let mut files: HashMap<AddressMark, KnownFile> = HashMap::new();
        for (record, holds, wanted) in needs {
            for one in wanted.iter().filter(|_| *holds) {
                let mark = AddressMark::of(&one.file.url);
                let Some(found) = known.get(&mark) else { continue };
                let Ok(brought) = &found.result else { continue };
                owners.push(Attachment {
                    object: self.object.clone(),
                    record: record.clone(),
                    file: brought.file.url.clone(),
                });
                files.insert(mark, found.clone());
            }
        }
        if owners.is_empty() {
            return Ok(());
        }
        let files: Vec<KnownFile> = files.into_values().collect();
        self.work.files.keep(&self.work.import.id, &files, &owners).await
    }
}

fn carrier<'a>(work: &'a Work<'a>, tally: &'a Tally) -> Carrier<'a> {
    Carrier {
        import: &work.import.id,
        left: work.left,
        right: work.right,
        files: work.files,
        clock: work.clock,
        scratch: work.scratch,
        tally,
    }
}

/// What earlier runs brought of the pictures that left records show; nothing is fetched.
pub(crate) async fn brought_before<'r>(
    work: &Work<'_>,
    tally: &Tally,
    records: impl Iterator<Item = (&'r Bound, &'r Record)>,
) -> Result<Taken, Fault> {
    let pictures = Pictures::chosen(&work.import.options);
    let is_own = |address: &str| work.left.is_own_file(address);
    let wanted: Vec<Wanted> = records
        .flat_map(|(bound, left)| wanted(bound, left, pictures, &is_own))
        .collect();
    let named: HashMap<AddressMark, &Wanted> = wanted
        .iter()
        .map(|one| (AddressMark::of(&one.file.url), one))
        .collect();
    let known = carrier(work, tally).known(named.keys()).await?;
    Ok(Taken {
        by_address: by_address(&named, &known),
        ..Taken::default()
    })
}

fn by_address(
    named: &HashMap<AddressMark, &Wanted>,
    known: &HashMap<AddressMark, KnownFile>,
) -> HashMap<String, Got> {
    let got =
        |(mark, wanted): (&AddressMark, &&Wanted)| Some((wanted.file.url.clone(), got(known.get(mark)?)));
    named.iter().filter_map(got).collect()
}

fn got(known: &KnownFile) -> Got {
    match &known.result {
        Ok(brought) => Got::Here(brought.file.clone()),
        Err(why) => Got::Missing(Missing {
            name: known.name.clone(),
            why: why.clone(),
        }),
    }
}

/// What came of fetching files back.
#[derive(Default)]
pub(crate) struct Compared {
    pub(crate) equal: u64,
    pub(crate) differ: u64,
    pub(crate) refused: u64,
}

/// Fetches some of the brought files from the right side, and compares their digests with those of the left.
pub(crate) async fn compare(work: &Work<'_>, tally: &Tally) -> Result<Compared, Fault> {
    let chosen = std::mem::take(&mut tally.counts().files.compared);
    let mut compared = Compared::default();
    for (sha256, brought) in chosen {
        let path = room(work.scratch)?;
        let back = again(work, tally, async || {
            work.right_source
                .fetch(&brought.file, None, &path, brought.size + 1)
                .await
        });
        match back.await {
            Ok(back) if back.sha256 == sha256 => compared.equal += 1,
            Ok(_) => compared.differ += 1,
            Err(fault) if fault.kind() == FaultKind::Settings => return Err(fault),
            Err(_) => compared.refused += 1,
        }
    }
    Ok(compared)
}

/// What the report says of files.
pub(crate) fn file_counts(tally: &Tally, compared: &Compared, records_missing: u64) -> FileCounts {
    let counts = tally.counts();
    FileCounts {
        brought: counts.files.brought,
        bytes: counts.files.bytes,
        missing: counts.files.missing.clone(),
        records_missing,
        compared: compared.equal + compared.differ,
        equal: compared.equal,
        not_compared: compared.refused,
    }
}
