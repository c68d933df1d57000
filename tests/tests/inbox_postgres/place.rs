//! Where the inboxes of these tests are: in PostgreSQL.

use std::{process, time::Duration};

use sqlx::{Connection, PgConnection};
use switchhook::{Inbox, inbox::OpenInbox};
use switchhook_tests::postgres::Database;

/// The database of the handlers' transactions.
pub(crate) type Db = sqlx::Postgres;

/// That of another store.
pub(crate) type OtherDb = sqlx::Sqlite;

/// The place of one inbox, gone with the test.
pub(crate) struct Place(Database);

impl Place {
    /// One that ends soon, and is long enough to be kept on a machine that has much to do.
    pub(crate) const SHORT_LEASE: Duration = Duration::from_millis(1_500);

    pub(crate) async fn new() -> Self {
        match Database::create().await {
            Some(database) => Self(database),
            // It was said, and is no reason to fail where nobody asked for it: every test here needs one.
            None => process::exit(0),
        }
    }

    /// Opens the inbox, as each process of an application does.
    pub(crate) fn inbox(&self) -> OpenInbox {
        Inbox::postgres(self.0.url())
    }

    /// Opens it for those who open it once.
    pub(crate) fn inbox_once(&self) -> OpenInbox {
        self.inbox()
    }

    /// A connection of the application's own.
    pub(crate) async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.0.url()).await.unwrap()
    }
}
