//! A fresh database for one test.

use std::{
    env,
    sync::{Arc, Mutex, Weak},
    thread,
};

use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};

use super::{Cluster, PATIENCE};

/// The server that tests use unless `SWITCHHOOK_POSTGRES` names another.
const SERVER: &str = "postgres://postgres@127.0.0.1:5432/postgres";

/// A database of its own for one test, gone when this is dropped.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
    /// The server that was started for want of one.
    _cluster: Option<Arc<Cluster>>,
}

impl Database {
    /// Makes one on the server that `SWITCHHOOK_POSTGRES` names, by default the one on 127.0.0.1:5432, or on a private
    /// one where that cannot be reached; `None` where there is no PostgreSQL, after saying so.
    ///
    /// # Panics
    ///
    /// When there is a server and it makes no database, or one was named and cannot be reached.
    pub async fn create() -> Option<Self> {
        let named = env::var("SWITCHHOOK_POSTGRES").ok();
        let server = named.clone().unwrap_or_else(|| SERVER.to_owned());
        match tokio::time::timeout(PATIENCE, PgConnection::connect(&server)).await {
            Ok(Ok(connection)) => Some(Self::create_with(connection, server, None).await),
            failed if named.is_some() => {
                panic!("the server that SWITCHHOOK_POSTGRES names cannot be reached: {failed:?}")
            }
            _ => {
                let cluster = shared_cluster()?;
                let server = cluster.url();
                let connection = PgConnection::connect(&server).await.unwrap();
                Some(Self::create_with(connection, server, Some(cluster)).await)
            }
        }
    }

    async fn create_with(
        mut connection: PgConnection,
        server: String,
        cluster: Option<Arc<Cluster>>,
    ) -> Self {
        let name = format!("switchhook_{}_{:08x}", std::process::id(), fastrand::u32(..));
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        Self { server, name, _cluster: cluster }
    }

    /// Where it is.
    ///
    /// # Panics
    ///
    /// When the server's own address has no database.
    pub fn url(&self) -> String {
        let (server, query) =
            self.server.split_once('?').map_or((&*self.server, None), |(a, b)| (a, Some(b)));
        let (server, _) = server.rsplit_once('/').expect("the server's address ends in a database");
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("{server}/{}{query}", self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop_it = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        let server: Result<PgConnectOptions, _> = self.server.parse();
        // On a thread, since the one that drops it mostly runs a test's async code.
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect_with(&server?).await?;
                sqlx::query(drop_it).execute(&mut connection).await?;
                connection.close().await
            })
        });
        drop(dropped.join());
    }
}

/// The private server, shared by the databases that there are at a time.
fn shared_cluster() -> Option<Arc<Cluster>> {
    static CLUSTER: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
    let mut shared = CLUSTER.lock().unwrap();
    if let Some(cluster) = shared.upgrade() {
        return Some(cluster);
    }
    let cluster = Arc::new(Cluster::start()?);
    *shared = Arc::downgrade(&cluster);
    Some(cluster)
}
