//! The servers and databases of the other tests do what these ask of them.

use sqlx::{Connection, PgConnection};
use switchhook_tests::postgres::{Cluster, Database, SmallDisk, Stop};

async fn value(url: &str, query: &'static str) -> String {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn a_server_comes_back_with_its_data_however_it_ended() {
    let Some(cluster) = Cluster::start() else { return };
    let url = cluster.url();
    for durable in ["SHOW fsync", "SHOW synchronous_commit", "SHOW full_page_writes"] {
        assert_eq!(value(&url, durable).await, "on", "{durable}");
    }
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::query("CREATE TABLE kept AS SELECT 'here' AS what").execute(&mut connection).await.unwrap();
    for how in [Stop::Fast, Stop::Immediate, Stop::Kill] {
        cluster.stop(how);
        PgConnection::connect(&url).await.unwrap_err();
        cluster.start_again();
        assert_eq!(value(&url, "SELECT what FROM kept").await, "here", "{how:?}");
    }
    drop(cluster);
    PgConnection::connect(&url).await.unwrap_err();
}

#[tokio::test]
async fn each_database_is_new_and_goes_with_its_test() {
    let Some(database) = Database::create().await else { return };
    let other = Database::create().await.unwrap();
    assert_ne!(database.url(), other.url());
    let mut open = PgConnection::connect(&database.url()).await.unwrap();
    let name: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&mut open).await.unwrap();
    drop(database);
    let mut connection = PgConnection::connect(&other.url()).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_small_disk_is_full_and_has_room_again() {
    let Some(disk) = SmallDisk::mount(96) else { return };
    let Some(cluster) = Cluster::start_with(Some(disk.path()), &["max_wal_size=4MB"]) else { return };
    let mut connection = PgConnection::connect(&cluster.url()).await.unwrap();
    sqlx::query("CREATE TABLE much (what text)").execute(&mut connection).await.unwrap();
    disk.fill().unwrap();
    let insert = "INSERT INTO much SELECT repeat(i::text, 100) FROM generate_series(1, 10000) AS i";
    sqlx::query(insert).execute(&mut connection).await.unwrap_err();
    disk.make_room().unwrap();
    // Where the log itself had no room, the server has stopped.
    cluster.start_again();
    let mut connection = PgConnection::connect(&cluster.url()).await.unwrap();
    sqlx::query(insert).execute(&mut connection).await.unwrap();
}
