//! Books payments: exactly once to the cent, whenever the process is killed.
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `PORT` | the port on 127.0.0.1; 0 takes any free one | 3000 |
//! | `INBOX` | where the inbox and the ledger are: `postgres://…`, which processes share, or `sqlite:<file>` | the file that `LEDGER` names |
//! | `LEDGER` | the SQLite file | `ledger.db` |
//! | `ROLE` | what this process does: `ingest` takes deliveries, `workers` works them off, `all` does both | `all` |
//! | `LEASE` | for how many seconds a process that was killed keeps its work | 3 |
//! | `AUDIT` | the file that gets a line for each delivery | `audit.log` |
//! | `BANK_SECRET` | what the bank signs with | `bank-secret`, with a warning |
//! | `KILL_AT` | for tests: `point:n` kills the process when it comes by that point for the nth time | |

mod bank;
mod book;
mod store;

use std::{
    env,
    error::Error,
    io::{self, IsTerminal, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use switchhook::{Endpoint, Webhooks, testing};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::{bank::Bank, book::AuditFile, store::Store};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    All,
    Ingest,
    Workers,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    if let Ok(point) = env::var("KILL_AT") {
        arm(&point)?;
    }
    let role = match &*variable("ROLE", "all") {
        "all" => Role::All,
        "ingest" => Role::Ingest,
        "workers" => Role::Workers,
        other => return Err(format!("ROLE is `{other}`; it is `all`, `ingest` or `workers`").into()),
    };
    let store = Store::from_env()?;
    let secret = env::var("BANK_SECRET").unwrap_or_else(|_| {
        tracing::warn!("BANK_SECRET is not set: taking `bank-secret`, which everybody knows");
        "bank-secret".to_owned()
    });
    let lease = variable("LEASE", "3");
    let lease = lease.parse().map_err(|error| format!("LEASE is `{lease}`, which is no time: {error}"))?;
    let inbox = store.inbox().lease(Duration::from_secs(lease)).await?;
    store.make_tables().await?;
    let endpoint = Endpoint::new(Bank::new(&secret), store.booking()).consumer("audit", book::auditing());
    let audit = AuditFile(Arc::new(variable("AUDIT", "audit.log").into()));
    let webhooks = Webhooks::builder().state(audit).endpoint(endpoint).inbox(inbox);
    let webhooks = if role == Role::Ingest { webhooks.ingest_only() } else { webhooks };
    let webhooks = webhooks.build()?;
    if role == Role::Workers {
        say("working off deliveries")?;
        webhooks.work().await?;
        return Ok(());
    }
    let listener = listen(&variable("PORT", "3000")).await?;
    say(&format!("listening on http://{}/webhooks/bank", listener.local_addr()?))?;
    let app = axum::Router::new().nest("/webhooks", webhooks.router());
    webhooks.serve(listener, app).await?;
    Ok(())
}

/// Prints a line that whoever started the process waits for.
fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// An error with its causes, in one line; without those that it has told already.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let behind = error.to_string();
        if !text.ends_with(&behind) {
            text = format!("{text}: {behind}");
        }
        cause = error.source();
    }
    text
}

async fn listen(port: &str) -> Result<TcpListener, Box<dyn Error>> {
    let number = port.parse().map_err(|error| format!("PORT is `{port}`, which is no port: {error}"))?;
    TcpListener::bind(("127.0.0.1", number)).await.map_err(|error| {
        format!("cannot listen on 127.0.0.1:{port}: {error}; set PORT to another port").into()
    })
}

fn variable(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

fn arm(kill_at: &str) -> Result<(), Box<dyn Error>> {
    let (point, nth) = kill_at.split_once(':').ok_or("KILL_AT has the form `point:n`")?;
    if testing::kill_at(point, nth.parse()?) {
        Ok(())
    } else {
        Err(format!("KILL_AT: there is no point `{point}`").into())
    }
}
