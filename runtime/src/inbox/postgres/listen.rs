//! Telling other processes that there is work, and being told.

use std::{sync::Arc, time::Duration};

use sqlx::postgres::PgListener;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::{PATIENCE, PostgresStore};

/// How long after a failure it is tried again. Meanwhile the worker looks by itself, once a second.
const PAUSE: Duration = Duration::from_secs(1);

/// How soon after others were told of work they are told again.
const BETWEEN: Duration = Duration::from_millis(5);

/// Tells others of work in a transaction of its own: a `NOTIFY` holds a lock that all commits of the server share, so it
/// should hold nothing else up. What is committed meanwhile is told of together, once.
pub(super) fn tell_news(store: &PostgresStore) {
    let news = Arc::clone(&store.0.news);
    let store = Arc::downgrade(&store.0);
    #[expect(clippy::disallowed_methods, reason = "it ends with the store's last copy")]
    tokio::spawn(async move {
        loop {
            news.notified().await;
            let Some(inner) = store.upgrade() else { return };
            let notify = sqlx::query("SELECT pg_notify($1, '')").bind(inner.database.channel());
            let told = timeout(PATIENCE, notify.execute(inner.database.own())).await;
            if !told.is_ok_and(|told| told.is_ok()) {
                tracing::debug!("other processes were not told of new work; they look for it by themselves");
            }
            sleep(BETWEEN).await;
        }
    });
}

/// Wakes this process when another has told of work. One connection does nothing else.
pub(super) async fn listen(store: PostgresStore, wake: Arc<Notify>) {
    loop {
        let ended: Result<(), sqlx::Error> = async {
            let mut listener = PgListener::connect_with(store.database().own()).await?;
            listener.listen(&store.database().channel()).await?;
            loop {
                // `None` when the connection was lost: something may have been told meanwhile.
                listener.try_recv().await?;
                wake.notify_one();
            }
        }
        .await;
        if let Err(error) = ended {
            tracing::debug!(%error, "news of other processes do not come in; work is looked for once a second");
        }
        sleep(PAUSE).await;
    }
}
