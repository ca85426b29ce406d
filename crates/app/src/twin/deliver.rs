//! Sends what a twin wants sent of itself, as webhooks are, and tells it what came of that.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use connectors::{
    Delivery, Wire,
    kit::{HttpWire, Response, WireLimits},
};
use tokio::{sync::watch, task::JoinSet};

use crate::twin::host::Host;

/// How often the twin is asked.
const LOOK: Duration = Duration::from_millis(200);

/// How long a receiver has.
const PATIENCE: Duration = Duration::from_secs(3);

/// So many deliveries are under way at a time.
const MOST_AT_ONCE: usize = 16;

/// So many receivers are remembered.
const MOST_WIRES: usize = 64;

/// Sends until the server stops. What was not settled by then is sent again after the next start.
pub(super) async fn deliver(host: Arc<Host>, mut stopped: watch::Receiver<bool>) {
    let mut under_way = HashSet::new();
    let mut sending = JoinSet::new();
    let mut wires = HashMap::new();
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            Some(sent) = sending.join_next() => {
                if let Ok((id, response)) = sent {
                    under_way.remove(&id);
                    settle(&host, id, response);
                }
            }
            _ = stopped.changed() => return,
        }
        for delivery in host.deliveries() {
            if under_way.len() < MOST_AT_ONCE && under_way.insert(delivery.id) {
                let wire = wire(&mut wires, &delivery.origin);
                sending.spawn(send(wire, delivery));
            }
        }
    }
}

fn settle(host: &Host, id: u64, response: Option<Response>) {
    let status = response.as_ref().map(|response| response.status);
    tracing::debug!(delivery = id, ?status, "The twin called its receiver");
    host.delivered(id, response.as_ref());
}

async fn send(wire: Option<Arc<HttpWire>>, delivery: Delivery) -> (u64, Option<Response>) {
    let answer = match wire {
        Some(wire) => wire.send(delivery.request).await.ok(),
        None => None,
    };
    (delivery.id, answer)
}

/// The way to a receiver, prepared once.
fn wire(wires: &mut HashMap<String, Option<Arc<HttpWire>>>, origin: &str) -> Option<Arc<HttpWire>> {
    if wires.len() >= MOST_WIRES {
        wires.clear();
    }
    let made = wires.entry(origin.to_owned()).or_insert_with(|| {
        let limits = WireLimits {
            whole: PATIENCE,
            connect: PATIENCE,
            body: 64 * 1024,
        };
        HttpWire::new(origin, limits).ok().map(Arc::new)
    });
    made.clone()
}
