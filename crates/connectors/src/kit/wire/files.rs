//! Files through the network, piece by piece.

use std::time::Duration;

use model::{Fault, FaultKind, Fetched};
use reqwest::{
    Url,
    header::{AUTHORIZATION, LOCATION},
    multipart,
};
use ring::digest;
use tokio::{fs::File, io::AsyncWriteExt};

use super::{HttpWire, outside, unreachable};
use crate::kit::{
    Content, Download, Named, Response, Upload,
    file::{Place, place, place_of_anybodys, plain_name},
};

/// A file may take longer than an answer: so many bytes a second at least.
const SLOWEST: u64 = 64 * 1024;

impl HttpWire {
    /// Sends a form with a file in it; the answer is the store's, not the vendor's.
    pub(super) async fn send_file(&self, upload: Upload) -> Result<Response, Fault> {
        let doing = "bringing a file";
        let url = self.url(&upload.url, doing)?;
        let (part, size) = part(upload.content).await.map_err(|error| disk(doing, error))?;
        let part = part.file_name(plain_name(&upload.name));
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
        let answer = match download.named {
            Named::ByVendor => {
                let request = self.client.get(self.url(&download.url, doing)?);
                let answer = request.timeout(self.patience(download.most)).send().await;
                answer.map_err(|error| unreachable(doing, error))?
            }
            Named::ByAnybody => self.ask_anywhere(&download, doing).await?,
        };
        keep(answer, &download, doing).await
    }

    /// Asks at home with what identifies us, and elsewhere without; also where home sends us on to.
    async fn ask_anywhere(&self, download: &Download, doing: &str) -> Result<reqwest::Response, Fault> {
        let patience = self.patience(download.most);
        let url = match place_of_anybodys(&download.url, &self.base, doing)? {
            Place::Home(path) => {
                let mut request = self.client.get(parsed(&format!("{}{path}", self.base), doing)?);
                if let Some(authorization) = &download.authorization {
                    request = request.header(AUTHORIZATION, authorization.clone());
                }
                let answer = request.timeout(patience).send().await;
                let answer = answer.map_err(|error| unreachable(doing, error))?;
                let Some(url) = moved(&answer) else {
                    return Ok(answer);
                };
                place_of_anybodys(url.as_str(), &self.base, doing)?;
                url
            }
            Place::Away => parsed(&download.url, doing)?,
        };
        outside::ask(&self.outside, url, patience, self.limits.connect, doing).await
    }

    fn url(&self, named: &str, doing: &str) -> Result<Url, Fault> {
        match place(named, &self.base, doing)? {
            Place::Home(path) => parsed(&format!("{}{path}", self.base), doing),
            Place::Away => parsed(named, doing),
        }
    }

    fn patience(&self, bytes: u64) -> Duration {
        self.limits
            .whole
            .saturating_add(Duration::from_secs(bytes.div_ceil(SLOWEST)))
    }
}

/// The part of a form that holds a file, and how many bytes it has.
async fn part(content: Content) -> std::io::Result<(multipart::Part, u64)> {
    match content {
        Content::Disk(path) => {
            let file = File::open(path).await?;
            let size = file.metadata().await?.len();
            Ok((multipart::Part::stream_with_length(file, size), size))
        }
        Content::Memory(bytes) => {
            let size = bytes.len() as u64;
            Ok((multipart::Part::stream_with_length(bytes, size), size))
        }
    }
}

/// Keeps the body of an answer on our disk, and stops at the limit, whatever length was announced.
async fn keep(mut answer: reqwest::Response, download: &Download, doing: &str) -> Result<Fetched, Fault> {
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(refused(doing, status));
    }
    let too_large =
        || Fault::new(FaultKind::Rejected, doing).said(format!("it has more than {} bytes", download.most));
    let announced = answer.content_length();
    if announced.is_some_and(|length| length > download.most) {
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

/// Where an answer sends us on to.
fn moved(answer: &reqwest::Response) -> Option<Url> {
    let is_moved = matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = answer.headers().get(LOCATION).filter(|_| is_moved)?;
    answer.url().join(location.to_str().ok()?).ok()
}

fn parsed(address: &str, doing: &str) -> Result<Url, Fault> {
    Url::parse(address).map_err(|error| {
        Fault::new(FaultKind::Rejected, doing)
            .said("its address is none")
            .because(error)
    })
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
