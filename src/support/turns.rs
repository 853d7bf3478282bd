//! Turns at work of which only so much is done at once, with a bounded queue before it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Turns, and places in the queue for them.
#[derive(Clone)]
pub struct Turns {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// A turn, until it is dropped: whoever works holds it, also when nobody waits for the work any more.
pub struct Turn {
    _place: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
}

impl Turns {
    /// So many at once, and so many who may wait.
    pub fn new(at_once: usize, waiting: usize) -> Turns {
        Turns { places: Arc::new(Semaphore::new(at_once + waiting)), turns: Arc::new(Semaphore::new(at_once)) }
    }

    /// Waits for a turn; none at once when too many wait already.
    pub async fn take(&self) -> Option<Turn> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let turn = self.turns.clone().acquire_owned().await.ok()?;
        Some(Turn { _place: place, _turn: turn })
    }
}
