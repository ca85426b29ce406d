//! Files through the network, piece by piece.

use std::time::Duration;

use model::{Fault, FaultKind, Fetched};
use reqwest::{Method, Url, multipart};
use ring::digest;
use tokio::{fs::File, io::AsyncWriteExt};

use super::{HttpWire, unreachable};
use crate::kit::{
    Download, Response, Upload,
    file::{Place, place, plain_name},
};

/// A file may take longer than an answer: so many bytes a second at least.
const SLOWEST: u64 = 64 * 1024;

impl HttpWire {
    /// Sends a form with a file in it; the answer is the store's, not the vendor's.
    pub(super) async fn send_file(&self, upload: Upload) -> Result<Response, Fault> {
        let doing = "bringing a file";
        let url = self.url(&upload.url, doing)?;
        let file = File::open(&upload.file)
            .await
            .map_err(|error| disk(doing, error))?;
        let size = file.metadata().await.map_err(|error| disk(doing, error))?.len();
        let part = multipart::Part::stream_with_length(file, size).file_name(plain_name(&upload.name));
        let media_type = upload.media_type.as_deref().unwrap_or("application/octet-stream");
        let part = part.mime_str(media_type).map_err(|error| {
            Fault::new(FaultKind::Rejected, doing)
                .said("its media type is none")
                .because(error)
        })?;
        let form = upload
            .fields
            .into_iter()
            .fold(multipart::Form::new(), |form, (name, value)| {
                form.text(name, value)
            });
        let request = self.client.post(url).multipart(form.part("file", part));
        let answer = request.timeout(self.patience(size)).send().await;
        let answer = answer.map_err(|error| unreachable(doing, error))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = self.body(answer, doing).await?;
        Ok(Response {
            status,
            headers,
            body,
        })
    }

    /// Fetches a file to our disk.
    pub(super) async fn fetch_file(&self, download: Download) -> Result<Fetched, Fault> {
        let doing = "fetching a file";
        let url = self.url(&download.url, doing)?;
        let request = self.client.request(Method::GET, url);
        let answer = request.timeout(self.patience(download.most)).send().await;
        let mut answer = answer.map_err(|error| unreachable(doing, error))?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(refused(doing, status));
        }
        let too_large = || {
            Fault::new(FaultKind::Rejected, doing).said(format!("it has more than {} bytes", download.most))
        };
        if answer
            .content_length()
            .is_some_and(|length| length > download.most)
        {
            return Err(too_large());
        }
        let mut file = File::create(&download.to)
            .await
            .map_err(|error| disk(doing, error))?;
        let mut digest = digest::Context::new(&digest::SHA256);
        let mut size: u64 = 0;
        while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(doing, error))? {
            size = size.saturating_add(chunk.len() as u64);
            if size > download.most {
                return Err(too_large());
            }
            digest.update(&chunk);
            file.write_all(&chunk).await.map_err(|error| disk(doing, error))?;
        }
        file.flush().await.map_err(|error| disk(doing, error))?;
        Ok(Fetched::new(size, digest.finish().as_ref()))
    }

    fn url(&self, named: &str, doing: &str) -> Result<Url, Fault> {
        let whole = match place(named, &self.base, doing)? {
            Place::Home(path) => Url::parse(&format!("{}{path}", self.base)),
            Place::Away => Url::parse(named),
        };
        whole.map_err(|error| {
            Fault::new(FaultKind::Unexpected, doing)
                .said("the vendor named no address")
                .because(error)
        })
    }

    fn patience(&self, bytes: u64) -> Duration {
        self.limits
            .whole
            .saturating_add(Duration::from_secs(bytes.div_ceil(SLOWEST)))
    }
}

/// What a file's store says when it does not give or take a file.
pub(crate) fn refused(doing: &str, status: u16) -> Fault {
    let kind = match status {
        404 | 410 => FaultKind::Gone,
        408 | 500.. => FaultKind::Unreachable,
        429 => FaultKind::Throttled { wait: None },
        _ => FaultKind::Rejected,
    };
    Fault::new(kind, doing).said(format!("status {status}"))
}

fn disk(doing: &str, error: std::io::Error) -> Fault {
    Fault::new(FaultKind::Settings, doing)
        .hint("the file could not be read or written on our own disk")
        .because(error)
}
