#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use async_trait::async_trait;
use model::{
    Ask, Attachment, Change, ExternalKey, ObjectName, ObjectType, Outcome, Page, Permission, Raw, Record,
    RecordId, SchemaChange, Timestamp, Value, Workspace,
};

use super::*;
use crate::files::name_of;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand so on";

/// Files of the left side by their addresses, what the right side was brought, and what an import remembers.
#[derive(Default)]
struct World {
    /// The bytes; or how often it gives no answer before it says what it is.
    left: BTreeMap<&'static str, (Vec<u8>, u32)>,
    asked: Mutex<Vec<String>>,
    brought: Mutex<Vec<NewFile>>,
    refuses: Option<FaultKind>,
    known: Mutex<HashMap<AddressMark, KnownFile>>,
    slept: Mutex<Duration>,
}

fn nothing<T>() -> T {
    panic!("files alone are carried")
}

#[async_trait]
impl Source for World {
    async fn workspace(&self) -> Result<Workspace, Fault> {
        nothing()
    }
    async fn permissions(&self) -> Result<Vec<Permission>, Fault> {
        nothing()
    }
    async fn describe(&self) -> Result<Vec<ObjectType>, Fault> {
        nothing()
    }
    async fn read(&self, _: &Ask) -> Result<Page, Fault> {
        nothing()
    }
    async fn find(&self, _: &ObjectName, _: &RecordId) -> Result<Option<Raw>, Fault> {
        nothing()
    }
    fn is_whole(&self, _: &ObjectName, _: &Raw) -> bool {
        nothing()
    }
    async fn count(&self, _: &ObjectName) -> Result<Option<u64>, Fault> {
        nothing()
    }
    fn shape(&self, _: &ObjectName, _: &Raw) -> Result<Record, Fault> {
        nothing()
    }
    fn cost(&self, _: &ObjectName, _: u64) -> u64 {
        nothing()
    }

    async fn fetch(
        &self,
        file: &FileRef,
        _holder: Option<(&ObjectName, &RecordId)>,
        to: &Path,
        most: u64,
    ) -> Result<Fetched, Fault> {
        let fault = |kind, said| Err(Fault::new(kind, "fetching a file").said(said));
        let mut asked = self.asked.lock().unwrap();
        let before = asked.iter().filter(|asked| **asked == file.url).count();
        asked.push(file.url.clone());
        let Some((bytes, silent)) = self.left.get(file.url.as_str()) else {
            return fault(FaultKind::Gone, "status 404");
        };
        if before < *silent as usize {
            return fault(FaultKind::Unreachable, "no answer");
        }
        if bytes.len() as u64 > most {
            return fault(FaultKind::Rejected, "too large");
        }
        std::fs::write(to, bytes).unwrap();
        let digest = digest::digest(&digest::SHA256, bytes);
        Ok(Fetched::new(bytes.len() as u64, digest.as_ref()))
    }
}

#[async_trait]
impl Destination for World {
    async fn extend(&self, _: &SchemaChange) -> Result<(), Fault> {
        nothing()
    }
    async fn option(&self, _: &str, _: &str) -> Result<Value, Fault> {
        nothing()
    }
    async fn write(&self, _: &ObjectName, _: &[Change]) -> Vec<Outcome> {
        nothing()
    }
    async fn look_back(&self, _: &ObjectName, _: &ExternalKey) -> Result<Option<Outcome>, Fault> {
        nothing()
    }
    fn batch(&self, _: &ObjectName) -> usize {
        nothing()
    }
    fn calls_per_minute(&self) -> Option<u64> {
        nothing()
    }

    async fn upload(&self, file: &NewFile) -> Result<FileRef, Fault> {
        if let Some(kind) = self.refuses {
            return Err(Fault::new(kind, "bringing a file").said("no room"));
        }
        assert_eq!(std::fs::metadata(&file.path).unwrap().len(), file.size);
        let mut brought = self.brought.lock().unwrap();
        brought.push(file.clone());
        Ok(FileRef {
            url: format!("right-{}", brought.len()),
            name: file.name.clone(),
            media_type: file.media_type.clone(),
        })
    }
}

#[async_trait]
impl Files for World {
    async fn known(
        &self,
        _: &ImportId,
        addresses: &[AddressMark],
    ) -> Result<HashMap<AddressMark, KnownFile>, Fault> {
        let known = self.known.lock().unwrap();
        let found = addresses
            .iter()
            .filter_map(|mark| Some((*mark, known.get(mark)?.clone())));
        Ok(found.collect())
    }

    async fn alike(
        &self,
        _: &ImportId,
        contents: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], BroughtFile>, Fault> {
        let known = self.known.lock().unwrap();
        let brought = known.values().filter_map(|file| file.result.clone().ok());
        let alike = brought.filter(|file| contents.contains(&file.sha256));
        Ok(alike.map(|file| (file.sha256, file)).collect())
    }

    async fn keep(&self, _: &ImportId, files: &[KnownFile], _: &[Attachment]) -> Result<(), Fault> {
        let files = files.iter().map(|file| (file.address, file.clone()));
        self.known.lock().unwrap().extend(files);
        Ok(())
    }

    async fn attached(
        &self,
        _: &ImportId,
        _: &ObjectName,
        _: &[RecordId],
    ) -> Result<HashMap<RecordId, Vec<FileRef>>, Fault> {
        nothing()
    }
    async fn let_go(&self, _: &ImportId, _: &[String]) -> Result<(), Fault> {
        nothing()
    }
    async fn missing(&self, _: &ImportId) -> Result<u64, Fault> {
        nothing()
    }
    async fn sum(&self, _: &ImportId) -> Result<model::FileSum, Fault> {
        nothing()
    }
}

#[async_trait]
impl Clock for World {
    fn now(&self) -> Timestamp {
        nothing()
    }
    async fn sleep(&self, wait: Duration) {
        *self.slept.lock().unwrap() += wait;
    }
}

fn world(left: &[(&'static str, &[u8], u32)]) -> World {
    let left = left
        .iter()
        .map(|(address, bytes, silent)| (*address, (bytes.to_vec(), *silent)));
    World {
        left: left.collect(),
        ..World::default()
    }
}

/// What came of these addresses in one run: the right side's files, or the reasons.
async fn run(world: &World, addresses: &[&str]) -> Result<Vec<String>, Fault> {
    let tally = Tally::new();
    let scratch = tempfile::tempdir().unwrap();
    let carrier = Carrier {
        import: &"i".into(),
        left: world,
        right: world,
        files: world,
        clock: world,
        scratch: scratch.path(),
        tally: &tally,
    };
    let wanted = addresses.iter().map(|address| Wanted {
        file: FileRef {
            url: (*address).to_owned(),
            name: name_of(address),
            media_type: None,
        },
        is_picture: !address.starts_with("file"),
        holder: None,
    });
    let wanted: Vec<Wanted> = wanted.collect();
    let named = wanted
        .iter()
        .map(|one| (AddressMark::of(&one.file.url), one))
        .collect();
    // As two batches of one run ask.
    carrier.brought(&named).await?;
    let known = carrier.brought(&named).await?;
    let left_over = std::fs::read_dir(scratch.path()).unwrap().count();
    assert_eq!(left_over, 0, "nothing stays on the disk");
    let said = addresses
        .iter()
        .map(|address| match &known[&AddressMark::of(address)].result {
            Ok(brought) => brought.file.url.clone(),
            Err(why) => why.clone(),
        });
    Ok(said.collect())
}

fn count(world: &World) -> (usize, usize) {
    (
        world.asked.lock().unwrap().len(),
        world.brought.lock().unwrap().len(),
    )
}

#[tokio::test]
async fn a_file_is_brought_once_by_address_and_by_contents() {
    let world = world(&[("a", PNG, 0), ("b", PNG, 0), ("c", b"GIF89a", 0)]);
    let here = run(&world, &["a", "b", "c"]).await.unwrap();
    assert_eq!(here[0], here[1]);
    assert_ne!(here[0], here[2]);
    assert_eq!(count(&world), (3, 2));
    assert_eq!(
        run(&world, &["c", "a"]).await.unwrap(),
        [here[2].clone(), here[0].clone()]
    );
    assert_eq!(count(&world), (3, 2), "the second run asks for nothing");
    let names: Vec<_> = world
        .brought
        .lock()
        .unwrap()
        .iter()
        .map(|file| file.name.clone())
        .collect();
    assert!(names.contains(&"c.gif".to_owned()), "{names:?}");
}

#[tokio::test]
async fn what_cannot_be_had_has_its_reason_and_is_tried_once_a_run() {
    let large = vec![0; usize::try_from(LARGEST_PICTURE).unwrap() + 1];
    let world = world(&[
        ("large", &large, 0),
        ("lie.png", b"<svg onload='alert(1)'>", 0),
        ("file.pdf", b"%PDF-1.7", 0),
    ]);
    let addresses = [
        "gone",
        "large",
        "lie.png",
        "file.pdf",
        "cid:1",
        "data:image/png;base64,&&&",
    ];
    let expected = [
        "status 404",
        "too large",
        "it is no picture that can be shown",
        "right-1",
        "it was a part of a mail, and is not kept",
        "its bytes cannot be read",
    ];
    assert_eq!(run(&world, &addresses).await.unwrap(), expected);
    assert_eq!(count(&world), (4, 1));
    assert_eq!(run(&world, &addresses).await.unwrap(), expected);
    assert_eq!(
        count(&world),
        (7, 1),
        "the dead ones once more, and nothing brought"
    );
}

#[tokio::test]
async fn a_host_that_is_slow_to_answer_is_asked_again() {
    let world = world(&[("a", PNG, 3)]);
    assert_eq!(run(&world, &["a"]).await.unwrap(), ["right-1"]);
    assert_eq!(count(&world), (4, 1));
    assert!(*world.slept.lock().unwrap() > Duration::from_secs(1));
}

#[tokio::test]
async fn bytes_in_the_text_are_brought_as_they_are() {
    let world = world(&[]);
    let address = "data:image/png;base64,iVBORw0KGgo=";
    assert_eq!(run(&world, &[address]).await.unwrap(), ["right-1"]);
    let brought = world.brought.lock().unwrap();
    assert_eq!((brought[0].name.as_str(), brought[0].size), ("picture.png", 8));
    assert_eq!(brought[0].media_type.as_deref(), Some("image/png"));
}

#[tokio::test]
async fn a_refused_file_is_missing_and_a_vendor_that_is_away_ends_the_run() {
    for (kind, expected) in [
        (FaultKind::Rejected, Some("no room")),
        (FaultKind::Denied, Some("no room")),
        (FaultKind::Unreachable, None),
        (FaultKind::Settings, None),
    ] {
        let world = World {
            refuses: Some(kind),
            ..world(&[("a", PNG, 0)])
        };
        let said = run(&world, &["a"]).await;
        assert_eq!(
            said.ok().map(|said| said[0].clone()).as_deref(),
            expected,
            "{kind:?}"
        );
    }
}
