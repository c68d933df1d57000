//! The suite of all stores, in memory and in a file.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{DatabaseFile, SqliteStore};
use crate::inbox::{store::Store, suite};

async fn open(file: Option<PathBuf>, clock: suite::SuiteClock) -> Arc<dyn Store> {
    let file = file.map(DatabaseFile::new);
    Arc::new(SqliteStore::open(file, Arc::new(clock), Duration::from_secs(2)).await.unwrap())
}

#[tokio::test]
async fn in_memory_it_does_what_every_store_must() {
    suite::run(async |clock| open(None, clock).await).await;
}

#[tokio::test]
async fn in_a_file_it_does_what_every_store_must() {
    let folder = std::env::temp_dir().join(format!("switchhook-suite-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let number = AtomicU32::new(0);
    suite::run(async |clock| {
        let number = number.fetch_add(1, Ordering::Relaxed);
        open(Some(folder.join(format!("{number}.db"))), clock).await
    })
    .await;
    std::fs::remove_dir_all(&folder).unwrap();
}
