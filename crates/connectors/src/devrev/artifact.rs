//! Files: brought first, attached by their ids later. An artifact belongs to one record for ever, and is never deleted.

use std::path::Path;

use model::{Fault, FaultKind, Fetched, FileRef, NewFile};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{client::Call, session::DevRevSession};
use crate::kit::{Content, Download, Named, Upload};

/// The largest file that DevRev's own imports bring, in bytes. The limit of the API is not published.
const LARGEST: u64 = 250 * 1024 * 1024;

#[derive(Deserialize)]
struct Prepared {
    id: String,
    url: String,
    #[serde(default)] // absent when the address alone will do
    form_data: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    key: String,
    value: String,
}

#[derive(Deserialize)]
struct Located {
    url: String,
}

impl DevRevSession {
    /// Brings a file to where DevRev keeps them. Done twice, it is there twice, and nobody sees the one that is not
    /// attached.
    pub(super) async fn bring_file(&self, file: &NewFile) -> Result<FileRef, Fault> {
        let doing = "bringing a file";
        if file.size > LARGEST {
            return Err(Fault::new(FaultKind::Rejected, doing)
                .said(format!("it has {} bytes, and DevRev takes {LARGEST}", file.size)));
        }
        let mut body = json!({"file_name": file.name});
        if let (Json::Object(body), Some(media_type)) = (&mut body, &file.media_type) {
            body.insert("file_type".to_owned(), Json::from(media_type.as_str()));
        }
        let id = self.bring(&body, Content::Disk(file.path.clone())).await?;
        Ok(FileRef {
            url: id,
            name: file.name.clone(),
            media_type: file.media_type.clone(),
        })
    }

    /// Brings a text as a file of that name for an article; gives its id.
    pub(super) async fn bring_text(
        &self,
        name: &str,
        media_type: &str,
        text: String,
    ) -> Result<String, Fault> {
        let body = json!({
            "file_name": name,
            "file_type": media_type,
            "configuration_set": "article_media",
        });
        self.bring(&body, Content::Memory(text.into())).await
    }

    async fn bring(&self, body: &Json, content: Content) -> Result<String, Fault> {
        let word = |name: &str| body.get(name).and_then(Json::as_str).map(str::to_owned);
        let call = Call::new("/artifacts.prepare", "bringing a file");
        let prepared: Prepared = self.client.write(call, body).await?.parse()?;
        let pairs = prepared.form_data.into_iter();
        let upload = Upload {
            url: prepared.url,
            fields: pairs.map(|pair| (pair.key, pair.value)).collect(),
            content,
            name: word("file_name").unwrap_or_default(),
            media_type: word("file_type"),
        };
        self.client.upload(upload).await?;
        Ok(prepared.id)
    }

    /// Fetches a file that was brought, or that somebody attached.
    pub(super) async fn fetch_file(&self, file: &FileRef, to: &Path, most: u64) -> Result<Fetched, Fault> {
        let call = Call::new("/artifacts.locate", "looking for the file").about(&file.url);
        let located: Located = self
            .client
            .read(call, &json!({ "id": file.url }))
            .await?
            .parse()?;
        let download = Download {
            url: located.url,
            to: to.to_owned(),
            most,
            named: Named::ByVendor,
            authorization: None,
        };
        self.client.download(download).await
    }
}
