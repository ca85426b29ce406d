//! Our own HTTP API, under `/api/v1`, the inlets of vendors, under `/in`, and what Segment's libraries call, under `/v1`.

mod collect;
mod inlet;
mod router;

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use model::Clock;
use store::Store;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};

use crate::{collect::Collector, failure::Failure, inlet::Hints};

/// How long open connections may finish what they are at when the server stops.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// How long a client has to say what it wants.
const PATIENCE: Duration = Duration::from_secs(30);

/// So many connections are open at a time.
const MOST_AT_ONCE: usize = 256;

/// What handlers reach.
#[derive(Clone)]
pub struct Desk {
    /// Memory.
    pub store: Store,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What vendors tell us.
    pub hints: Arc<Hints>,
    /// Takes events in.
    pub collector: Arc<Collector>,
}

/// A door that is open.
pub struct Door {
    listener: TcpListener,
    /// Where it is.
    pub address: SocketAddr,
}

impl Door {
    /// Opens it; port 0 takes any.
    pub async fn open(listen: SocketAddr) -> Result<Self, Failure> {
        let failed = |error| {
            Failure::broke(format!("The program cannot listen on {listen}"))
                .because(error)
                .hint("another program may have this port; choose another with --listen, port 0 takes any free one")
        };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Answers until it is told to stop.
    pub async fn answer(self, desk: Desk, mut stopped: watch::Receiver<bool>) {
        let mut connections = JoinSet::new();
        let room = Semaphore::new(MOST_AT_ONCE);
        let room = Arc::new(room);
        while !*stopped.borrow() {
            tokio::select! {
                accepted = self.listener.accept() => match (accepted, room.clone().try_acquire_owned()) {
                    (Ok((stream, _)), Ok(permit)) => {
                        let serving = serve(stream, desk.clone(), stopped.clone());
                        connections.spawn(async move {
                            serving.await;
                            drop(permit);
                        });
                    }
                    (Ok(_), Err(_)) => tracing::warn!("Too many connections are open; one was turned away"),
                    (Err(error), _) => {
                        // Out of file handles, most likely: a moment later some are free again.
                        tracing::warn!(%error, "A connection could not be taken");
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
                _ = stopped.changed() => break,
            }
        }
        drop(self.listener);
        let all_ended = async { while connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_ANSWERS, all_ended).await;
    }
}

async fn serve(stream: TcpStream, desk: Desk, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| router::answer(&desk, request));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .serve_connection(TokioIo::new(stream), service)
    );
    // How a connection ends is its client's business: there is nobody to tell.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
