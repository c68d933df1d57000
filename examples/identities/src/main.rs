//! Receives Argyle's `identities.added` and `identities.updated`.
//!
//! `cargo run -p identities` serves and plays Argyle once; with `--no-demo` it only serves.
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `PORT` | the port on 127.0.0.1; 0 takes any free one | 3000 |
//! | `INBOX` | `sqlite:<file>` or `postgres://…` stores deliveries before they are acknowledged; `none` runs the handlers at once | `sqlite:identities.db` |
//! | `ARGYLE_WEBHOOK_SECRET` | the `secret` of the subscription | `optional-secret`, with a warning |
//! | `RUST_LOG` | what to log | `info` |

mod demo;
mod handlers;
mod people;

use std::{
    env::{self, VarError},
    error::Error,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use switchhook::{Inbox, provider::argyle::Argyle};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::people::People;

/// The secret in the subscription request of Argyle's page on identities webhooks.
const SEED_SECRET: &str = "optional-secret";

const DEFAULT_INBOX: &str = "sqlite:identities.db";
const INBOX_FORMS: &str = "it is `sqlite:<file>`, `postgres://…` or `none`";

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
    let demo = match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => true,
        [flag] if flag == "--no-demo" => false,
        other => return Err(format!("unknown arguments {other:?}; there is `--no-demo`").into()),
    };
    let secret = secret()?;
    let people = People::default();
    let webhooks = handlers::webhooks(Argyle::new(secret.as_str()), people.clone(), inbox().await?)?;
    let listener = listen(port()?).await?;
    let url = format!("http://{}/webhooks/argyle", listener.local_addr()?);
    {
        let mut out = io::stdout().lock();
        writeln!(out, "listening on {url}")?;
        out.flush()?;
    }
    let app = axum::Router::new().nest("/webhooks", webhooks.router());
    let serve = async { webhooks.serve(listener, app).await.map_err(Box::<dyn Error>::from) };
    if demo {
        tokio::try_join!(serve, demo::play(&url, &secret, &people))?;
    } else {
        serve.await?;
    }
    Ok(())
}

fn secret() -> Result<String, Box<dyn Error>> {
    match env::var("ARGYLE_WEBHOOK_SECRET") {
        Ok(secret) => Ok(secret),
        Err(VarError::NotPresent) => {
            tracing::warn!("ARGYLE_WEBHOOK_SECRET is not set: taking `{SEED_SECRET}`, which everybody knows");
            Ok(SEED_SECRET.to_owned())
        }
        Err(VarError::NotUnicode(_)) => Err("ARGYLE_WEBHOOK_SECRET is not UTF-8".into()),
    }
}

fn port() -> Result<u16, Box<dyn Error>> {
    match env::var("PORT") {
        Ok(port) => {
            port.parse().map_err(|error| format!("PORT is `{port}`, which is no port: {error}").into())
        }
        Err(VarError::NotPresent) => Ok(3000),
        Err(VarError::NotUnicode(_)) => Err("PORT is not UTF-8".into()),
    }
}

async fn inbox() -> Result<Option<Inbox>, Box<dyn Error>> {
    let inbox = match env::var("INBOX") {
        Ok(inbox) => inbox,
        Err(VarError::NotPresent) => DEFAULT_INBOX.to_owned(),
        Err(VarError::NotUnicode(_)) => return Err("INBOX is not UTF-8".into()),
    };
    match inbox.split_once(':') {
        Some(("sqlite", file)) if !file.is_empty() => Ok(Some(Inbox::sqlite(file).await?)),
        Some(("postgres" | "postgresql", _)) => Ok(Some(Inbox::postgres(inbox).await?)),
        None if inbox == "none" => Ok(None),
        // What stands behind it may hold a password.
        Some((scheme, _)) => Err(format!("INBOX begins with `{scheme}:`; {INBOX_FORMS}").into()),
        None => Err(format!("INBOX has no `:`; {INBOX_FORMS}").into()),
    }
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

async fn listen(port: u16) -> Result<TcpListener, Box<dyn Error>> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        format!("cannot listen on 127.0.0.1:{port}: {error}; set PORT to another port").into()
    })
}
