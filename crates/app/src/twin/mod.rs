//! Serves a twin over HTTP: durable if it is given a folder, and with a control door if it is asked for.
//!
//! What the twin answers is the twin's own; here are the connection, the journal, the limits and the faults.

mod control;
mod deliver;
mod door;
mod entry;
mod host;
mod journal;
mod limits;
mod reply;
mod stats;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use connectors::{
    Connector, Sample,
    kit::{Faults, Request},
};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use model::Clock;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::failure::Failure;
use entry::Entry;
use host::Host;
use journal::Journal;

pub(crate) use door::decode_query;
pub use limits::Limit;

/// How long open connections may finish what they are at when the server stops.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// How a twin is served.
pub struct TwinServerOptions {
    /// Whose twin.
    pub connector: &'static dyn Connector,
    /// Where to listen; port 0 takes any.
    pub listen: SocketAddr,
    /// Where it is kept; none: in memory only.
    pub data: Option<PathBuf>,
    /// The token it takes; none: any.
    pub token: Option<String>,
    /// Its switches.
    pub settings: BTreeMap<String, String>,
    /// Whether `/_twin/` is open.
    pub control: bool,
    /// How many requests it takes.
    pub limit: Option<Limit>,
    /// What a fresh twin is filled with.
    pub sample: Option<Sample>,
    /// Its time.
    pub clock: Arc<dyn Clock>,
}

/// A twin that is being served.
pub struct TwinServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// The token it takes.
    pub token: Option<String>,
    host: Arc<Host>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    delivering: JoinHandle<()>,
}

impl TwinServer {
    /// Wakes the twin up and begins to serve it.
    pub async fn start(options: TwinServerOptions) -> Result<Self, Failure> {
        let listen = options.listen;
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            Failure::broke(format!("The twin cannot listen on {listen}"))
                .because(error)
                .hint("another program may have this port; choose another with --listen, port 0 takes any free one")
        })?;
        let address = listener
            .local_addr()
            .map_err(|error| Failure::broke("The twin cannot tell its own address").because(error))?;
        let token = options.token.clone();
        let host = tokio::task::spawn_blocking(move || Host::open(options))
            .await
            .map_err(|error| Failure::broke("The twin broke while it woke up").because(error))??;
        let host = Arc::new(host);
        let (stop, stopped) = watch::channel(false);
        let delivering = tokio::spawn(deliver::deliver(Arc::clone(&host), stopped.clone()));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&host), stopped));
        Ok(Self {
            address,
            token,
            host,
            stop,
            accepting,
            delivering,
        })
    }

    /// From now on, these faults befall what it is asked.
    pub fn misbehave(&self, faults: Faults) {
        self.host.parts().faults = faults;
    }

    /// The address as a base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Fills the twin with a sample workspace. How many records it made.
    pub async fn fill(&self, sample: Sample) -> Result<usize, Failure> {
        let host = Arc::clone(&self.host);
        tokio::task::spawn_blocking(move || host.fill(&sample))
            .await
            .map_err(|error| Failure::broke("The twin broke while it was filled").because(error))?
    }

    /// Finishes what was begun, and leaves its folder in order.
    pub async fn stop(self) -> Result<(), Failure> {
        let _ = self.stop.send(true);
        let _ = self.accepting.await;
        let _ = self.delivering.await;
        let host = self.host;
        tokio::task::spawn_blocking(move || host.close())
            .await
            .map_err(|error| Failure::broke("The twin broke while it stopped").because(error))?
    }
}

/// The requests that the journal of a twin holds, in order, with this token in them. The twin may not be running.
pub fn journalled_requests(folder: &Path, token: &str) -> Result<Vec<Request>, Failure> {
    let mut requests = Vec::new();
    Journal::open(folder)?.replay(|bytes| match entry::read(bytes, Some(token)) {
        Some(Entry::Request(request, _)) => {
            requests.push(request);
            true
        }
        Some(Entry::Fill(..) | Entry::Delivered(..)) => true,
        None => false,
    })?;
    Ok(requests)
}

async fn accept(listener: TcpListener, host: Arc<Host>, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&host), stopped.clone()));
                }
                Err(error) => {
                    // Out of file handles, most likely: a moment later some are free again.
                    tracing::warn!(error = %error, "A connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(LAST_ANSWERS, all_ended).await;
}

async fn serve(stream: TcpStream, host: Arc<Host>, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| door::answer(Arc::clone(&host), request));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service)
    );
    // How a connection ends is its client's business, or was asked for: there is nobody to tell.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

#[cfg(test)]
mod tests;
