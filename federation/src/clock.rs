//! Ids and times are the engine's, so that a test can set them; the database
//! makes neither.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SubsecRound, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Gives times in microseconds and ids in their order.
#[derive(Clone)]
pub struct Clock {
    now: Now,
    order: Arc<Mutex<ContextV7>>,
}

impl Clock {
    /// The machine's clock.
    #[allow(clippy::disallowed_methods)] // the one place that may ask it
    pub fn system() -> Self {
        Self::from_fn(Utc::now)
    }

    /// A clock that a test sets.
    pub fn from_fn(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self {
            now: Arc::new(now),
            order: Arc::new(Mutex::new(ContextV7::new())),
        }
    }

    /// A clock that stands still.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::from_fn(move || at)
    }

    /// The time, cut to microseconds: what both databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        (self.now)().trunc_subsecs(6)
    }

    /// A new version 7 id. Ids of one process sort as they were made.
    pub fn id<T: From<Uuid>>(&self) -> T {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let time = Timestamp::from_unix(&*order, seconds, now.timestamp_subsec_nanos());
        T::from(Uuid::new_v7(time))
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_still_clock_keep_their_order() {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH + chrono::Duration::days(20_000));
        let ids: Vec<Uuid> = (0..1_000).map(|_| clock.id()).collect();
        assert!(ids.is_sorted());
    }
}
