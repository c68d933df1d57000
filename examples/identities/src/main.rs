//! Receives Argyle's `identities.added` and `identities.updated`, from the subscription on.
//!
//! `cargo run -p identities` tells the whole story on one machine: it starts a local Argyle, subscribes what its handlers
//! take, receives deliveries and fetches the identities that they hint at. With a key of Argyle's sandbox and a public
//! address it subscribes there, deletes what else bears the name `switchhook-identities-example` there, and serves. With
//! `--no-demo` it only serves, and reads nothing of what is about Argyle's API.
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `PORT` | the port on 127.0.0.1; 0 takes any free one | 3000 |
//! | `INBOX` | `sqlite:<file>` or `postgres://…` stores deliveries before they are acknowledged; `none` runs the handlers at once | `sqlite:identities.db` |
//! | `ARGYLE_WEBHOOK_SECRET` | the `secret` of the subscription | `optional-secret`; with the sandbox a new one, for which the subscription is replaced |
//! | `ARGYLE_API_KEY_ID`, `ARGYLE_API_KEY_SECRET` | a key of Argyle's sandbox | the local Argyle's |
//! | `PUBLIC_URL` | where the sandbox reaches this program, such as `https://hooks.example.com` | this machine |
//! | `ARGYLE_API_URL` | another address of the API than the sandbox's, for that key | `https://api-sandbox.argyle.com/v2` |
//! | `RUST_LOG` | what to log | `info` |

mod demo;
mod fetch;
mod handlers;
mod people;
mod settings;
mod subscribe;

use std::{
    env,
    error::Error,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use switchhook::{
    Webhooks,
    provider::argyle::{Argyle, Client, ClientError},
    testing::LocalArgyle,
};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::{handlers::App, people::People, settings::Sandbox, subscribe::subscribe};

/// The name in the subscription request of Argyle's page on identities webhooks, for the local Argyle.
const SEED_NAME: &str = "name-for-the-webhook-subscription";

/// The name of the subscriptions in the sandbox; others may have some there too.
const SANDBOX_NAME: &str = "switchhook-identities-example";

/// Whom this program receives deliveries from.
enum Sender {
    /// Whoever was told of it by hand.
    Unknown,
    Local(LocalArgyle),
    Sandbox(Sandbox),
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
    let sender = sender().await?;
    let secret = settings::secret(matches!(sender, Sender::Sandbox(_)))?;
    let app = App { people: People::default(), argyle: sender.client()? };
    let webhooks = handlers::webhooks(Argyle::new(secret.as_str()), app.clone(), settings::inbox().await?)?;
    let listener = listen(settings::port()?).await?;
    let here = format!("http://{}", listener.local_addr()?);
    print(&format!("listening on {here}/webhooks/argyle"))?;

    // The port is bound: deliveries may come as soon as they are subscribed.
    let router = axum::Router::new().nest("/webhooks", webhooks.router());
    let serve = async { webhooks.serve(listener, router).await.map_err(Box::<dyn Error>::from) };
    tokio::try_join!(serve, subscribe_at(&sender, &webhooks, &app, &here))?;
    Ok(())
}

/// Whom the arguments and the environment name.
async fn sender() -> Result<Sender, Box<dyn Error>> {
    match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => match settings::sandbox()? {
            Some(sandbox) => Ok(Sender::Sandbox(sandbox)),
            None => Ok(Sender::Local(LocalArgyle::start().await?)),
        },
        [flag] if flag == "--no-demo" => Ok(Sender::Unknown),
        other => Err(format!("unknown arguments {other:?}; there is `--no-demo`").into()),
    }
}

impl Sender {
    /// Where identities are fetched and subscriptions made.
    fn client(&self) -> Result<Option<Client>, ClientError> {
        match self {
            Self::Unknown => Ok(None),
            Self::Local(local) => local.client().build().map(Some),
            Self::Sandbox(sandbox) => Ok(Some(sandbox.argyle.clone())),
        }
    }
}

/// Subscribes, and on this machine plays the rest of the story.
async fn subscribe_at(
    sender: &Sender,
    webhooks: &Webhooks,
    app: &App,
    here: &str,
) -> Result<(), Box<dyn Error>> {
    let Some(argyle) = &app.argyle else { return Ok(()) };
    match sender {
        Sender::Unknown => {}
        Sender::Local(local) => {
            subscribe(webhooks, argyle, SEED_NAME, here).await?;
            demo::play(local, &format!("{here}/webhooks/argyle"), &app.people).await?;
        }
        Sender::Sandbox(sandbox) => {
            // What is subscribed already is served all the same.
            if let Err(error) = subscribe(webhooks, argyle, SANDBOX_NAME, &sandbox.public_url).await {
                tracing::error!("{}", with_causes(&*error));
            }
        }
    }
    Ok(print("\nserving until Ctrl-C")?)
}

/// Prints a line at once, whoever reads it.
fn print(line: &str) -> io::Result<()> {
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

async fn listen(port: u16) -> Result<TcpListener, Box<dyn Error>> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        format!("cannot listen on 127.0.0.1:{port}: {error}; set PORT to another port").into()
    })
}
