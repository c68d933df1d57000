//! The whole story on one machine: a local Argyle that has an identity, changes it, and sends what is subscribed; and what
//! this program makes of a forgery and of an event that nobody subscribed.

use std::{error::Error, time::Duration};

use axum::http::StatusCode;
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use switchhook::{
    provider::argyle::{Argyle, EmploymentStatus, Identity, IdentityIds},
    testing::{LocalArgyle, request},
};

use crate::{people::People, print};

/// How long a handler may take to run.
const PATIENCE: Duration = Duration::from_secs(30);

/// Has Argyle send its deliveries, and prints for each what was sent, the answers, and what the handler did.
pub(crate) async fn play(argyle: &LocalArgyle, url: &str, people: &People) -> Result<(), Box<dyn Error>> {
    print("\nnow the local Argyle has an identity, and then it changes it:")?;
    for (event, status) in
        [("identities.added", EmploymentStatus::Active), ("identities.updated", EmploymentStatus::Terminated)]
    {
        argyle.put_identity(serde_json::to_value(ada(status))?);
        deliver(argyle, event, people).await?;
    }
    print("\nand this is nothing to a handler:")?;
    let status = forge(url).await?;
    print(&format!("sent identities.updated (forged) -> {status}: no handler ran"))?;
    deliver(argyle, "vehicles.added", people).await
}

/// Sends an event to whom it is subscribed for, and waits until a handler has run if it was taken.
async fn deliver(argyle: &LocalArgyle, event: &str, people: &People) -> Result<(), Box<dyn Error>> {
    let identity = seed().identity;
    let before = people.find(&identity);
    let sent = argyle.send(event, &seed()).await;
    if sent.is_empty() {
        print(&format!("{event} is not sent: nobody subscribed it"))?;
    }
    for sent in sent {
        let answer = sent.status.map_or("no answer".to_owned(), |status| status.to_string());
        // With an inbox the handler runs a moment after the answer.
        let changed = people.changed(&identity, before.as_ref());
        tokio::time::timeout(PATIENCE, changed).await.or(Err("no handler ran"))?;
        let did = match (people.find(&identity), &before) {
            (Some(person), None) => format!("the handler stored it for account {}", person.account),
            (Some(person), Some(_)) => format!("the handler counted update {}", person.updates),
            (None, _) => "the handler forgot it".to_owned(),
        };
        print(&format!("sent {event} -> {answer}: {did}"))?;
    }
    Ok(())
}

/// The identity of the seed's deliveries, with this status.
fn ada(employment_status: EmploymentStatus) -> Identity {
    let IdentityIds { account, identity, .. } = seed();
    Identity {
        id: Some(identity),
        account: Some(account),
        full_name: Some("Ada Sample".to_owned()),
        employer: Some("Northwind Stores".to_owned()),
        employment_status: Some(employment_status),
        ssn: Some("XXX-XX-0000".into()),
        ..Identity::default()
    }
}

/// The ids of the deliveries that Argyle's page on identities webhooks shows.
fn seed() -> IdentityIds {
    IdentityIds {
        account: "0187c66e-e7e5-811c-b006-2232f00f426a".to_owned(),
        user: "018051aa-f7a9-a0db-2f38-6cfa325e9d69".to_owned(),
        identity: "0153b145-7ab9-bea2-cc16-a8b71328942f".to_owned(),
    }
}

/// Sends a delivery that is signed with a guess.
async fn forge(url: &str) -> Result<StatusCode, Box<dyn Error>> {
    let mut request = request(&Argyle::new("a guess"), "identities.updated", &seed());
    *request.uri_mut() = url.parse()?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    Ok(client.request(request).await?.status())
}
