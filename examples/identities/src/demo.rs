//! Plays Argyle once: what it sends, one forgery, and one event that nobody handles, over real HTTP.

use std::{
    error::Error,
    io::{self, Write},
    time::Duration,
};

use axum::http::StatusCode;
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use switchhook::{
    provider::argyle::{Argyle, IdentityIds},
    testing::request,
};

use crate::people::People;

/// One delivery of the demo.
struct Step {
    what: &'static str,
    event: &'static str,
    secret: String,
    /// Whether a handler will run for it.
    handled: bool,
}

/// How long a handler may take to run.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends the deliveries to `url` and prints for each what was sent, the answer, and what the handler did.
pub(crate) async fn play(url: &str, secret: &str, people: &People) -> Result<(), Box<dyn Error>> {
    let step = |what, event, secret: &str, handled| Step { what, event, secret: secret.to_owned(), handled };
    let steps = [
        step("signed", "identities.added", secret, true),
        step("signed", "identities.updated", secret, true),
        step("forged", "identities.updated", "a guess", false),
        step("signed, nobody handles it", "vehicles.added", secret, false),
    ];
    print("\nnow this program plays Argyle and sends itself four deliveries:")?;
    for Step { what, event, secret, handled } in steps {
        let before = people.find(&seed().identity);
        let status = send(url, event, &secret).await?;
        if handled {
            // With an inbox the handler runs a moment after the answer.
            let identity = seed().identity;
            let changed = people.changed(&identity, before.as_ref());
            tokio::time::timeout(PATIENCE, changed).await.or(Err("no handler ran"))?;
        }
        let after = people.find(&seed().identity);
        let did = match &after {
            Some(person) if before.is_none() => {
                format!("the handler stored it for account {}", person.account)
            }
            Some(person) if before != after => format!("the handler counted update {}", person.updates),
            _ => "no handler ran".to_owned(),
        };
        print(&format!("sent {event} ({what}) -> {status}: {did}"))?;
    }
    print("\nserving until Ctrl-C")?;
    Ok(())
}

/// The ids of the deliveries that Argyle's page on identities webhooks shows.
fn seed() -> IdentityIds {
    IdentityIds {
        account: "0187c66e-e7e5-811c-b006-2232f00f426a".to_owned(),
        user: "018051aa-f7a9-a0db-2f38-6cfa325e9d69".to_owned(),
        identity: "0153b145-7ab9-bea2-cc16-a8b71328942f".to_owned(),
    }
}

async fn send(url: &str, event: &str, secret: &str) -> Result<StatusCode, Box<dyn Error>> {
    let mut request = request(&Argyle::new(secret), event, &seed());
    *request.uri_mut() = url.parse()?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    Ok(client.request(request).await?.status())
}

fn print(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
