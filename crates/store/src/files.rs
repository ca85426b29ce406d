//! Files that imports brought: what became of each address, and to which record each belongs.

use std::collections::HashMap;

use async_trait::async_trait;
use model::{
    AddressMark, Attachment, BroughtFile, Fault, FileRef, FileSum, Files, ImportId, KnownFile, ObjectName,
    RecordId,
};

use crate::{
    Store,
    db::{PerKeys, PerRow, begin, execute_keys, execute_rows, fetch_keys, on_either, without_nul},
    error::{Cause, Doing},
};

const KNOWN: PerKeys = PerKeys {
    head: "select address, name, url, media_type, sha256, size, why from file where import_id = $1 and address in",
    before: 1,
    tail: "",
};
const ALIKE: PerKeys = PerKeys {
    head: "
    select sha256, min(name), url, min(media_type), min(size)
    from file where import_id = $1 and url is not null and sha256 in",
    before: 1,
    tail: "group by sha256, url order by url desc",
};
const KEEP: PerRow = PerRow {
    head: "insert into file (import_id, address, name, url, media_type, sha256, size, why) values",
    columns: 8,
    tail: "on conflict (import_id, address) do update set
        name = excluded.name, url = excluded.url, media_type = excluded.media_type, sha256 = excluded.sha256,
        size = excluded.size, why = excluded.why",
};
const ATTACH: PerRow = PerRow {
    head: "insert into attachment (import_id, url, name, media_type, object, record_id) values",
    columns: 6,
    tail: "on conflict (import_id, url) do nothing",
};
const ATTACHED: PerKeys = PerKeys {
    head: "
    select record_id, url, name, media_type
    from attachment where import_id = $1 and object = $2 and record_id in",
    before: 2,
    tail: "order by url",
};
/// The contents of an import's files, each once, after one.
const CONTENTS: &str = "
    select sha256, min(size) from file where import_id = $1 and url is not null and sha256 > $2
    group by sha256 order by sha256 limit $3";
const REASONS: &str = "
    select why, count(*) from file where import_id = $1 and url is null and why is not null group by why";
/// Contents that are added up at once.
const ADDED_AT_ONCE: i64 = 5_000;
const FORGET: PerKeys = PerKeys {
    head: "delete from file where import_id = $1 and url in",
    before: 1,
    tail: "",
};
const DETACH: PerKeys = PerKeys {
    head: "delete from attachment where import_id = $1 and url in",
    before: 1,
    tail: "",
};
const MISSING: &str = "
    select count(*) from problem where import_id = $1 and kind = 'missing_file' and closed_at is null";

type Row = (
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<String>,
);

#[async_trait]
impl Files for Store {
    async fn known(
        &self,
        import: &ImportId,
        addresses: &[AddressMark],
    ) -> Result<HashMap<AddressMark, KnownFile>, Fault> {
        let found = self.select_known(import, addresses).await;
        found.fault("looking up files")
    }

    async fn alike(
        &self,
        import: &ImportId,
        contents: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], BroughtFile>, Fault> {
        let found = self.select_alike(import, contents).await;
        found.fault("looking up files by their contents")
    }

    async fn keep(&self, import: &ImportId, files: &[KnownFile], owners: &[Attachment]) -> Result<(), Fault> {
        let kept = self.insert_files(import, files, owners).await;
        kept.fault("keeping what became of files")
    }

    async fn attached(
        &self,
        import: &ImportId,
        object: &ObjectName,
        records: &[RecordId],
    ) -> Result<HashMap<RecordId, Vec<FileRef>>, Fault> {
        let found = self.select_attached(import, object, records).await;
        found.fault("looking up which files belong to records")
    }

    async fn let_go(&self, import: &ImportId, files: &[String]) -> Result<(), Fault> {
        let gone = self.delete_files(import, files).await;
        gone.fault("forgetting files that are to be brought again")
    }

    async fn missing(&self, import: &ImportId) -> Result<u64, Fault> {
        self.count_missing(import).await.fault("counting missing files")
    }

    async fn sum(&self, import: &ImportId) -> Result<FileSum, Fault> {
        self.add_up(import).await.fault("adding up files")
    }
}

impl Store {
    async fn select_known(
        &self,
        import: &ImportId,
        addresses: &[AddressMark],
    ) -> Result<HashMap<AddressMark, KnownFile>, Cause> {
        let import = self.import_number(import).await?;
        let by_text: HashMap<String, AddressMark> = addresses
            .iter()
            .map(|mark| (hex::encode(mark.0), *mark))
            .collect();
        let texts: Vec<&String> = by_text.keys().collect();
        let rows: Vec<Row> = on_either!(&self.readers, pool => {
            fetch_keys!(self.readers, pool, KNOWN, [import], &texts, text => text.as_str())
        });
        let known = |(address, name, url, media_type, sha256, size, why): Row| {
            let address = *by_text.get(&address)?;
            let brought = url
                .zip(sha256.as_deref().and_then(unhex))
                .map(|(url, sha256)| BroughtFile {
                    file: FileRef {
                        url,
                        name: name.clone(),
                        media_type,
                    },
                    sha256,
                    size: size.unwrap_or_default().unsigned_abs(),
                });
            let result = brought.ok_or_else(|| why.unwrap_or_default());
            Some((
                address,
                KnownFile {
                    address,
                    name,
                    result,
                },
            ))
        };
        Ok(rows.into_iter().filter_map(known).collect())
    }

    async fn select_alike(
        &self,
        import: &ImportId,
        contents: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], BroughtFile>, Cause> {
        type Columns = (String, String, String, Option<String>, Option<i64>);
        let import = self.import_number(import).await?;
        let texts: Vec<String> = contents.iter().map(hex::encode).collect();
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            fetch_keys!(self.readers, pool, ALIKE, [import], &texts, text => text.as_str())
        });
        let alike = |(sha256, name, url, media_type, size): Columns| {
            let sha256 = unhex(&sha256)?;
            let file = FileRef {
                url,
                name,
                media_type,
            };
            let size = size.unwrap_or_default().unsigned_abs();
            Some((sha256, BroughtFile { file, sha256, size }))
        };
        Ok(rows.into_iter().filter_map(alike).collect())
    }

    async fn insert_files(
        &self,
        import: &ImportId,
        files: &[KnownFile],
        owners: &[Attachment],
    ) -> Result<(), Cause> {
        let number = self.import_number(import).await?;
        let mut by_url: HashMap<&str, &FileRef> = HashMap::new();
        let mut last: HashMap<AddressMark, &KnownFile> = HashMap::new();
        for file in files {
            last.insert(file.address, file);
            if let Ok(brought) = &file.result {
                by_url.insert(&brought.file.url, &brought.file);
            }
        }
        let rows: Vec<(String, &KnownFile)> = last
            .values()
            .map(|file| (hex::encode(file.address.0), *file))
            .collect();
        let owners: Vec<(&Attachment, &FileRef)> = owners
            .iter()
            .filter_map(|owner| Some((owner, *by_url.get(owner.file.as_str())?)))
            .collect();
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            execute_rows!(self.writer, &mut *tx, KEEP, &rows, (address, known) =>
                number,
                address.as_str(),
                without_nul(&known.name),
                known.result.as_ref().ok().map(|brought| brought.file.url.as_str()),
                known.result.as_ref().ok().and_then(|brought| brought.file.media_type.as_deref()),
                known.result.as_ref().ok().map(|brought| hex::encode(brought.sha256)),
                known.result.as_ref().ok().map(|brought| i64::try_from(brought.size).unwrap_or(i64::MAX)),
                known.result.as_ref().err().map(|why| without_nul(why)));
            execute_rows!(self.writer, &mut *tx, ATTACH, &owners, (owner, file) =>
                number,
                file.url.as_str(),
                without_nul(&file.name),
                file.media_type.as_deref(),
                owner.object.as_str(),
                owner.record.as_str());
            tx.commit().await?;
        });
        Ok(())
    }

    async fn select_attached(
        &self,
        import: &ImportId,
        object: &ObjectName,
        records: &[RecordId],
    ) -> Result<HashMap<RecordId, Vec<FileRef>>, Cause> {
        type Columns = (String, String, String, Option<String>);
        let import = self.import_number(import).await?;
        let object = object.as_str();
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            fetch_keys!(self.readers, pool, ATTACHED, [import, object], records, id => id.as_str())
        });
        let mut attached: HashMap<RecordId, Vec<FileRef>> = HashMap::new();
        for (record, url, name, media_type) in rows {
            attached.entry(record.into()).or_default().push(FileRef {
                url,
                name,
                media_type,
            });
        }
        Ok(attached)
    }

    async fn delete_files(&self, import: &ImportId, files: &[String]) -> Result<(), Cause> {
        let number = self.import_number(import).await?;
        on_either!(&self.writer, pool => {
            let mut tx = begin(pool, self.writer.begin()).await?;
            execute_keys!(self.writer, &mut *tx, FORGET, [number], files, file => file.as_str());
            execute_keys!(self.writer, &mut *tx, DETACH, [number], files, file => file.as_str());
            tx.commit().await?;
        });
        Ok(())
    }

    async fn count_missing(&self, import: &ImportId) -> Result<u64, Cause> {
        let import = self.import_number(import).await?;
        let missing: i64 = on_either!(&self.readers, pool => {
            sqlx::query_scalar(MISSING).bind(import).fetch_one(pool).await?
        });
        Ok(missing.unsigned_abs())
    }

    async fn add_up(&self, import: &ImportId) -> Result<FileSum, Cause> {
        let import = self.import_number(import).await?;
        let mut sum = FileSum::default();
        let mut after = String::new();
        loop {
            let rows: Vec<(String, i64)> = on_either!(&self.readers, pool => {
                sqlx::query_as(CONTENTS)
                    .bind(import)
                    .bind(&after)
                    .bind(ADDED_AT_ONCE)
                    .fetch_all(pool)
                    .await?
            });
            let Some((last, _)) = rows.last() else { break };
            after.clone_from(last);
            for (sha256, size) in &rows {
                sum.brought.add(&[sha256.as_bytes(), &size.to_le_bytes()]);
                sum.bytes += size.unsigned_abs();
            }
        }
        let reasons: Vec<(String, i64)> = on_either!(&self.readers, pool => {
            sqlx::query_as(REASONS).bind(import).fetch_all(pool).await?
        });
        sum.missing = reasons
            .into_iter()
            .map(|(why, number)| (why, number.unsigned_abs()))
            .collect();
        Ok(sum)
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}
