//! Receives the webhooks of every provider that there is a secret for, and prints a line for each delivery.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `PORT` | the port on 127.0.0.1; 0 takes any free one; 3000 unless set |
//! | `ARGYLE_SECRET`, `STANDARD_SECRET`, `SVIX_SECRET`, `GITHUB_SECRET`, `STRIPE_SECRET`, `SLACK_SECRET`, `SHOPIFY_SECRET` | that provider's secret; without it, its endpoint is not there |
//! | `RUST_LOG` | what to log; `info` unless set |

mod endpoints;

use std::{
    env::{self, VarError},
    error::Error,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

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
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let webhooks = endpoints::webhooks(|name| {
        let secret = variable(name)?;
        if secret.is_none() {
            tracing::info!("{name} is not set: its endpoint is not there");
        }
        Ok(secret)
    })?;
    let port = variable("PORT")?.unwrap_or_else(|| "3000".to_owned());
    let port: u16 = port.parse().map_err(|error| format!("PORT is `{port}`, which is no port: {error}"))?;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("cannot listen on 127.0.0.1:{port}: {error}; set PORT to another port"))?;
    print(&format!("listening on http://{}/webhooks", listener.local_addr()?))?;
    let app = axum::Router::new().nest("/webhooks", webhooks.router());
    webhooks.serve(listener, app).await?;
    Ok(())
}

/// What an environment variable says, if it is set.
fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8")),
    }
}

/// Prints a line, flushed, so that whoever reads the output sees it at once.
fn print(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
