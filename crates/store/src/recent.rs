//! What was read lately, and is still so.
//!
//! A page asks for one card, its holder and its history by many small statements, and each one is a
//! trip to the thread that owns a connection. Answers are therefore kept while nothing was
//! committed. Two things say so: this process forgets everything when it writes, and SQLite's own
//! `data_version`, asked at most every [`LOOK`], tells of commits of any process. So an answer may be
//! older than another process's commit by that long, never older than one's own. A decision made on
//! it is safe all the same, because the commit checks versions.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use registry::ports::StoreError;
use sqlx::SqlitePool;

use crate::sqlite::unavailable;

/// Answers by their questions. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Recent {
    /// One connection that never writes: it sees all others' commits.
    watcher: SqlitePool,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug)]
struct Kept {
    answers: HashMap<Question, Arc<dyn Any + Send + Sync>>,
    /// How often everything was forgotten.
    forgotten: u64,
    version: i64,
    looked: Option<Instant>,
}

/// What was asked: the kind of question, and its parameters as bytes.
pub(crate) type Question = (&'static str, Vec<u8>);

impl Recent {
    pub(crate) fn new(watcher: SqlitePool) -> Self {
        let kept = Kept { answers: HashMap::new(), forgotten: 0, version: 0, looked: None };
        Self { watcher, kept: Arc::new(Mutex::new(kept)) }
    }

    /// The kept answer to `question`, or what `read` gives, which is then kept.
    pub(crate) async fn answer<T: Clone + Send + Sync + 'static>(
        &self,
        question: Question,
        read: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.look().await?;
        let forgotten = {
            let kept = self.kept();
            if let Some(answer) = kept.answers.get(&question)
                && let Some(answer) = answer.downcast_ref::<T>()
            {
                return Ok(answer.clone());
            }
            kept.forgotten
        };
        let answer = read.await?;
        let mut kept = self.kept();
        // What was read while somebody wrote may be of before.
        if kept.forgotten == forgotten {
            if kept.answers.len() >= MOST {
                kept.answers.clear();
            }
            kept.answers.insert(question, Arc::new(answer.clone()));
        }
        Ok(answer)
    }

    /// Forgets everything: called after every write.
    pub(crate) fn forget(&self) {
        self.kept().forget();
    }

    /// Ends the connection that watches.
    pub(crate) async fn close(&self) {
        self.watcher.close().await;
    }

    /// Asks whether anybody has committed, unless that was asked a moment ago.
    async fn look(&self) -> Result<(), StoreError> {
        let now = Instant::now();
        if self.kept().looked.is_some_and(|looked| now.duration_since(looked) < LOOK) {
            return Ok(());
        }
        let version: i64 = sqlx::query_scalar("pragma data_version")
            .fetch_one(&self.watcher)
            .await
            .map_err(unavailable)?;
        let mut kept = self.kept();
        if kept.version != version {
            kept.version = version;
            kept.forget();
        }
        // From before the question: what was committed while it was under way counts as unseen.
        kept.looked = Some(now);
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn forget(&mut self) {
        self.answers.clear();
        self.forgotten += 1;
    }
}

/// How long another process's commit may go unnoticed.
const LOOK: Duration = Duration::from_millis(5);

/// Answers that are kept: some 10 MB.
const MOST: usize = 8192;
