//! The suite of all stores, and what only this one can do.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use sqlx::Connection;

use super::{Address, PostgresStore};
use crate::inbox::{store::Store, suite};

/// Schemas of their own in a server's database, dropped at the end.
struct Schemas {
    url: String,
    number: AtomicU32,
}

impl Schemas {
    fn new() -> Self {
        let url = std::env::var("SWITCHHOOK_POSTGRES");
        let url = url.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
        Self { url, number: AtomicU32::new(0) }
    }

    async fn open(&self, clock: suite::SuiteClock) -> Arc<dyn Store> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let schema = format!("suite_{}_{number}", std::process::id());
        let store = PostgresStore::open(
            Address::Url(self.url.clone()),
            Some(&schema),
            Some(Arc::new(clock)),
            Duration::from_secs(2),
        );
        Arc::new(store.await.unwrap())
    }

    async fn drop_all(&self) {
        let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
        for number in 0..self.number.load(Ordering::Relaxed) {
            let drop = format!("DROP SCHEMA suite_{}_{number} CASCADE", std::process::id());
            sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
        }
    }
}

#[tokio::test]
async fn it_does_what_every_store_must() {
    let schemas = Schemas::new();
    suite::run(async |clock| schemas.open(clock).await).await;
    schemas.drop_all().await;
}
