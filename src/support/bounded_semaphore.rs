//! A semaphore with a bounded queue: at most N run, at most M wait, the rest are refused.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A semaphore with a bounded queue; clones share their permits.
#[derive(Clone)]
pub struct BoundedSemaphore {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// A permit, released on drop. The work itself must own it, so that it counts even if the caller is cancelled.
pub struct Permit {
    _place: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
}

impl BoundedSemaphore {
    /// At most `at_once` permits, and at most `waiting` callers in the queue.
    pub fn new(at_once: usize, waiting: usize) -> BoundedSemaphore {
        BoundedSemaphore {
            places: Arc::new(Semaphore::new(at_once + waiting)),
            turns: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// Waits for a permit; `None` at once when the queue is full.
    pub async fn acquire(&self) -> Option<Permit> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let turn = self.turns.clone().acquire_owned().await.ok()?;
        Some(Permit { _place: place, _turn: turn })
    }
}
