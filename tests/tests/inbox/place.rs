//! Where the inboxes of these tests are: in SQLite.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{Connection, SqliteConnection};
use switchhook::{Inbox, inbox::OpenInbox};

/// The database of the handlers' transactions.
pub(crate) type Db = sqlx::Sqlite;

/// That of another store.
pub(crate) type OtherDb = sqlx::Postgres;

/// The place of one inbox, gone with the test.
pub(crate) struct Place(Folder);

impl Place {
    /// One that ends soon, and is long enough to be kept on a machine that has much to do.
    pub(crate) const SHORT_LEASE: Duration = Duration::from_millis(100);

    #[allow(clippy::unused_async, reason = "elsewhere a database is made")]
    pub(crate) async fn new() -> Self {
        Self(Folder::new())
    }

    /// Opens the inbox, as each process of an application does.
    pub(crate) fn inbox(&self) -> OpenInbox {
        Inbox::sqlite(self.0.file())
    }

    /// Opens it for those who open it once.
    #[allow(clippy::unused_self, reason = "elsewhere it is the same inbox")]
    pub(crate) fn inbox_once(&self) -> OpenInbox {
        Inbox::memory()
    }

    /// A connection of the application's own.
    pub(crate) async fn connect(&self) -> SqliteConnection {
        SqliteConnection::connect(&format!("sqlite:{}", self.0.file().display())).await.unwrap()
    }
}

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let name = format!("switchhook-{}-{}", std::process::id(), uuid());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("inbox.db")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn uuid() -> String {
    switchhook::testing::delivery("x").build().id().to_string()
}
