//! A wire that ends at a twin in the same process: no network.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use model::{Clock, Fault, FaultKind, Fetched};
use ring::digest;

use crate::{
    Answer, Twin, Wire,
    kit::{
        Content, Download, FaultPlan, Faults, Named, Request, Response, Upload,
        file::{Place, place_of_anybodys, plain_name},
        refused,
    },
};

/// Where the wire ends, if that were an address.
const TWIN: &str = "http://twin";

/// Carries requests to a twin, and its answers back; loses some of them if it is told to.
pub struct TwinWire {
    end: Mutex<End>,
    clock: Arc<dyn Clock>,
}

struct End {
    twin: Box<dyn Twin>,
    faults: Faults,
    requests: u64,
}

impl TwinWire {
    /// A wire to this twin, which takes its time from this clock.
    pub fn new(twin: Box<dyn Twin>, clock: Arc<dyn Clock>) -> Self {
        let end = Mutex::new(End {
            twin,
            faults: Faults::default(),
            requests: 0,
        });
        Self { end, clock }
    }

    /// From now on these faults befall requests, in place of earlier ones.
    pub fn set_faults(&self, faults: Faults) {
        self.with_end(|end| end.faults = faults);
    }

    /// How many requests were sent.
    pub fn requests(&self) -> u64 {
        self.with_end(|end| end.requests)
    }

    /// Looks at the twin, or changes it behind everybody's back.
    pub fn with_twin<T>(&self, look: impl FnOnce(&mut dyn Twin) -> T) -> T {
        self.with_end(|end| look(end.twin.as_mut()))
    }

    fn with_end<T>(&self, look: impl FnOnce(&mut End) -> T) -> T {
        look(&mut self.end.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn perform(&self, request: &Request) -> Response {
        let now = self.clock.now();
        let Answer { response, .. } = self.with_twin(|twin| twin.answer(request, now));
        response
    }
}

#[async_trait]
impl Wire for TwinWire {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        let plan = self.with_end(|end| {
            end.requests += 1;
            end.faults.next(&request.method, &request.path)
        });
        match plan {
            None => Ok(self.perform(&request)),
            Some(FaultPlan::Delay(wait)) => {
                self.clock.sleep(wait).await;
                Ok(self.perform(&request))
            }
            Some(FaultPlan::Reset) => Err(no_answer(&request)),
            Some(FaultPlan::LostAnswer | FaultPlan::Truncated) => {
                self.perform(&request);
                Err(no_answer(&request))
            }
            Some(refused @ (FaultPlan::Throttled(_) | FaultPlan::ServerError)) => {
                refused.refusal().ok_or_else(|| no_answer(&request))
            }
        }
    }

    async fn upload(&self, upload: Upload) -> Result<Response, Fault> {
        let file = match &upload.content {
            Content::Disk(path) => tokio::fs::read(path)
                .await
                .map_err(|error| disk("bringing a file", error))?
                .into(),
            Content::Memory(bytes) => bytes.clone(),
        };
        let (media_type, body) = form(&upload, &file);
        let mut request = local(&upload.url).header(CONTENT_TYPE, &media_type);
        request.method = Method::POST;
        request.body = body;
        self.send(request).await
    }

    async fn download(&self, download: Download) -> Result<Fetched, Fault> {
        let doing = "fetching a file";
        let mut request = local(&download.url);
        if download.named == Named::ByAnybody {
            // The vendor's folder says by its path alone what lies with the vendor.
            let Place::Home(path) = place_of_anybodys(&download.url, TWIN, doing)? else {
                return Err(Fault::new(FaultKind::Rejected, doing).said("it lies elsewhere"));
            };
            request = local(path);
        }
        if let Some(authorization) = download.authorization {
            request.headers.insert(AUTHORIZATION, authorization);
        }
        let answer = self.send(request).await?;
        if answer.status != 200 {
            return Err(refused(doing, answer.status));
        }
        let size = answer.body.len() as u64;
        if size > download.most {
            return Err(Fault::new(FaultKind::Rejected, doing).said("it has too many bytes"));
        }
        tokio::fs::write(&download.to, &answer.body)
            .await
            .map_err(|error| disk(doing, error))?;
        let digest = digest::digest(&digest::SHA256, &answer.body);
        Ok(Fetched::new(size, digest.as_ref()))
    }
}

/// The path and the query of an address, whatever host it names.
fn local(url: &str) -> Request {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (path, query) = match rest.find('/') {
        Some(at) => rest
            .split_at(at)
            .1
            .split_once('?')
            .unwrap_or((rest.split_at(at).1, "")),
        None => ("/", ""),
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let request = Request::new(Method::GET, path);
    pairs.fold(request, |request, (name, value)| request.query(name, value))
}

/// A form with a file as it travels; a twin has it as a whole.
fn form(upload: &Upload, file: &[u8]) -> (String, Bytes) {
    // A form takes 70 characters at most.
    let mark = format!("interline-{:.32}", blake3::hash(file).to_hex().as_str());
    let mut body = Vec::new();
    for (name, value) in &upload.fields {
        let head = format!("--{mark}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    let name = plain_name(&upload.name);
    let media_type = upload.media_type.as_deref().unwrap_or("application/octet-stream");
    let head = format!(
        "--{mark}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{mark}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={mark}"), Bytes::from(body))
}

fn disk(doing: &str, error: std::io::Error) -> Fault {
    Fault::new(FaultKind::Settings, doing).because(error)
}

fn no_answer(request: &Request) -> Fault {
    Fault::new(
        FaultKind::Unreachable,
        format!("{} {}", request.method, request.path),
    )
}

#[cfg(test)]
mod tests;
