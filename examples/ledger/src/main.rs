//! Books payments: exactly once to the cent, whenever the process is killed.
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `PORT` | the port on 127.0.0.1; 0 takes any free one | 3000 |
//! | `LEDGER` | the SQLite file of the inbox and of the ledger | `ledger.db` |
//! | `AUDIT` | the file that gets a line for each delivery | `audit.log` |
//! | `BANK_SECRET` | what the bank signs with | `bank-secret`, with a warning |
//! | `KILL_AT` | for tests: `point:n` kills the process when it comes by that point for the nth time | |

mod bank;
mod book;

use std::{
    env,
    error::Error,
    io::{self, IsTerminal, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use switchhook::{Inbox, testing};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::{bank::Bank, book::AuditFile};

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
    let file = variable("LEDGER", "ledger.db");
    let secret = env::var("BANK_SECRET").unwrap_or_else(|_| {
        tracing::warn!("BANK_SECRET is not set: taking `bank-secret`, which everybody knows");
        "bank-secret".to_owned()
    });
    // A killed process holds its work for as long as its lease runs.
    let inbox = Inbox::sqlite(&file).lease(Duration::from_secs(3)).await?;
    book::make_tables(&file).await?;
    let audit = AuditFile(Arc::new(variable("AUDIT", "audit.log").into()));
    let webhooks = book::webhooks(Bank::new(&secret), audit, inbox)?;
    let listener = listen(&variable("PORT", "3000")).await?;
    {
        let mut out = io::stdout().lock();
        writeln!(out, "listening on http://{}/webhooks/bank", listener.local_addr()?)?;
        out.flush()?;
    }
    let app = axum::Router::new().nest("/webhooks", webhooks.router());
    webhooks.serve(listener, app).await?;
    Ok(())
}

/// An error with its causes, in one line.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
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
