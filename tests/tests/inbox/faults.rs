//! What happens to the store from outside: no 2xx while nothing can be stored, and afterwards all goes on by itself.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use switchhook::{
    Inbox, InboxError,
    inbox::OpenInbox,
    testing::{Client, limit_pages},
};

use crate::{
    place::Folder,
    support::{Journal, clock, delivery, endpoint, open, webhooks},
};

struct App {
    client: Client,
    inbox: Inbox,
    journal: Journal,
    sent: usize,
}

impl App {
    async fn new(opening: OpenInbox) -> Self {
        let (journal, clock) = (Journal::default(), clock());
        let inbox = open(opening.ingest_deadline(Duration::from_millis(300)), &clock).await.unwrap();
        let client = Client::new(&webhooks(&journal, &inbox, &clock, endpoint()));
        Self { client, inbox, journal, sent: 0 }
    }

    /// Sends a new delivery; tells whether it was acknowledged.
    async fn send(&mut self) -> bool {
        self.sent += 1;
        self.send_again().await
    }

    /// Sends the last delivery once more.
    async fn send_again(&mut self) -> bool {
        let data = json!({"key": self.sent.to_string(), "filling": "x".repeat(2_000)});
        let answer = self.client.send("bank", delivery("fact.a", Some(&self.sent.to_string()), &data)).await;
        if answer.status() == 200 {
            return true;
        }
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "5");
        assert_eq!(&answer.body()[..], b"could not be stored, send it again\n");
        false
    }
}

async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap()
}

#[tokio::test]
async fn what_the_store_says_is_told_with_the_error() {
    let folder = Folder::new();
    let app = App::new(Inbox::sqlite(folder.file())).await;
    let mut other = connect(&folder.file()).await;
    sqlx::query("DROP TABLE switchhook_work").execute(&mut other).await.unwrap();
    let error = app.client.work_off().await.unwrap_err();
    assert_eq!(error.to_string(), "the inbox's store failed");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("no such table"), "{cause}");
}

/// Fills the store until nothing more can be stored, makes room, and sees that all goes on.
async fn fill_up(app: &mut App, make_room: impl AsyncFnOnce()) {
    let mut acknowledged = 0;
    while app.send().await {
        acknowledged += 1;
        assert!(acknowledged < 10_000, "the disk is small");
    }
    for _ in 0..5 {
        assert!(!app.send().await, "it is full");
    }
    make_room().await;
    assert!(app.send().await, "there is room again");
    assert_eq!(app.client.work_off().await.unwrap(), acknowledged + 1);
    assert_eq!(app.journal.keys("default").len(), acknowledged + 1);
}

#[tokio::test]
async fn when_the_store_can_grow_no_further_nothing_is_acknowledged() {
    let folder = Folder::new();
    let mut app = App::new(Inbox::sqlite(folder.file())).await;
    let inbox = app.inbox.clone();
    limit_pages(&inbox, 100).await.unwrap();
    fill_up(&mut app, async || limit_pages(&inbox, 1_000_000).await.unwrap()).await;
}

#[cfg(unix)]
#[tokio::test]
async fn with_a_full_disk_nothing_is_acknowledged_and_with_room_it_goes_on() {
    let Some(disk) = switchhook_tests::postgres::SmallDisk::mount(1) else { return };
    let filler = disk.path().join("filler");
    fs::write(&filler, vec![0; 400 * 1024]).unwrap();
    let mut app = App::new(Inbox::sqlite(disk.path().join("inbox.db"))).await;
    fill_up(&mut app, async || fs::remove_file(&filler).unwrap()).await;
}

#[tokio::test]
async fn while_another_process_holds_the_file_nothing_is_acknowledged() {
    let folder = Folder::new();
    let mut app = App::new(Inbox::sqlite(folder.file())).await;
    assert!(app.send().await);
    let mut other = connect(&folder.file()).await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    assert!(!app.send().await);
    lock.rollback().await.unwrap();
    // What was answered 503 may be stored all the same, and is recognised then.
    crate::support::until("it goes on", async || app.send_again().await).await;
    assert_eq!(app.client.work_off().await.unwrap(), 2);
    assert_eq!(app.journal.keys("default"), ["1", "2"]);
}

#[tokio::test]
async fn more_than_the_queue_holds_is_turned_away_at_once() {
    let folder = Folder::new();
    let app = App::new(Inbox::sqlite(folder.file()).ingest_queue(4)).await;
    let mut other = connect(&folder.file()).await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let data = json!({"key": "a"});
    let sends = (0..200).map(|_| async {
        let answer = app.client.send("bank", delivery("fact.a", None, &data)).await;
        assert_eq!(answer.status(), 503);
    });
    let started = std::time::Instant::now();
    futures_util::future::join_all(sends).await;
    assert!(started.elapsed() < Duration::from_secs(4), "nobody waits for longer than the deadline");
    drop(lock);
}

#[tokio::test]
async fn a_file_that_is_gone_is_not_made_anew() {
    let folder = Folder::new();
    let mut app = App::new(Inbox::sqlite(folder.file())).await;
    assert!(app.send().await);
    let away = folder.path().join("away.db");
    fs::rename(folder.file(), &away).unwrap();
    assert!(!app.send().await);
    assert!(!folder.file().exists());
    let error = app.client.work_off().await.unwrap_err();
    let text = format!(
        "the inbox `{}` is gone; put the file back, or start the process anew to begin with an empty one",
        folder.file().display()
    );
    assert_eq!(error.to_string(), text);
    fs::rename(&away, folder.file()).unwrap();
    assert!(app.send().await, "it is back");
    assert_eq!(app.client.work_off().await.unwrap(), 2);
}

#[tokio::test]
async fn another_file_in_its_place_is_opened() {
    let (folder, other) = (Folder::new(), Folder::new());
    App::new(Inbox::sqlite(other.file())).await;
    let mut app = App::new(Inbox::sqlite(folder.file())).await;
    assert!(app.send().await);
    for end in ["", "-wal", "-shm"] {
        let file = |folder: &Folder| PathBuf::from(format!("{}{end}", folder.file().display()));
        if file(&other).exists() {
            fs::rename(file(&other), file(&folder)).unwrap();
        } else {
            drop(fs::remove_file(file(&folder)));
        }
    }
    assert!(app.send().await);
    assert_eq!(app.client.work_off().await.unwrap(), 1, "it holds what was stored in it, and that alone");
}

#[tokio::test]
async fn a_file_that_is_made_belongs_to_its_owner_alone() {
    let folder = Folder::new();
    let mut app = App::new(Inbox::sqlite(folder.file())).await;
    assert!(app.send().await);
    #[cfg(unix)]
    for file in ["inbox.db", "inbox.db-wal", "inbox.db-shm"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused_in_words() {
    let folder = Folder::new();
    drop(App::new(Inbox::sqlite(folder.file())).await);
    let mut other = connect(&folder.file()).await;
    sqlx::query(
        "INSERT INTO switchhook_migration SELECT 7, description, installed_on, success, checksum, execution_time \
         FROM switchhook_migration WHERE version = 1",
    )
    .execute(&mut other)
    .await
    .unwrap();
    let error = Inbox::sqlite(folder.file()).await.unwrap_err();
    assert!(matches!(error, InboxError::Newer { found: 7, known: 2, .. }));
    assert_eq!(
        error.to_string(),
        "the inbox has tables of version 7, and this program knows them up to version 2; run the newer program, \
         or restore an older backup"
    );
}

#[tokio::test]
async fn tables_of_an_older_version_are_brought_up_to_date_with_what_is_in_them() {
    let folder = Folder::new();
    {
        let mut app = App::new(Inbox::sqlite(folder.file())).await;
        assert!(app.send().await);
    }
    let mut other = connect(&folder.file()).await;
    for back_to_version_1 in [
        "ALTER TABLE switchhook_delivery DROP COLUMN tenant",
        "DELETE FROM switchhook_migration WHERE version > 1",
    ] {
        sqlx::query(back_to_version_1).execute(&mut other).await.unwrap();
    }
    drop(other);
    let app = App::new(Inbox::sqlite(folder.file())).await;
    assert_eq!(app.client.work_off().await.unwrap(), 1);
}

#[tokio::test]
async fn durability_is_not_traded_for_speed() {
    let folder = Folder::new();
    let mut app = App::new(Inbox::sqlite(folder.file())).await;
    assert!(app.send().await);
    let mut other = connect(&folder.file()).await;
    let row = sqlx::query("PRAGMA journal_mode").fetch_one(&mut other).await.unwrap();
    assert_eq!(row.get::<String, _>(0), "wal");
}
