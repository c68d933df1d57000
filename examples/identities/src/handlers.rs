//! The two events of Argyle that this application handles.

use std::io::{self, Write};

use switchhook::{
    Attempt, BuildError, Data, Endpoint, EventName, HandlerError, Inbox, State, Webhooks, handlers,
    provider::argyle::{Argyle, IdentityIds},
    webhook_handler,
};

use crate::people::People;

#[webhook_handler("identities.added")]
async fn identity_added(
    event: EventName,
    attempt: Attempt,
    Data(ids): Data<IdentityIds>,
    State(people): State<People>,
) -> Result<(), HandlerError> {
    print_handled(&event, attempt, &ids)?;
    people.add(ids.identity, ids.account);
    Ok(())
}

#[webhook_handler("identities.updated")]
async fn identity_updated(
    event: EventName,
    attempt: Attempt,
    Data(ids): Data<IdentityIds>,
    State(people): State<People>,
) -> Result<(), HandlerError> {
    print_handled(&event, attempt, &ids)?;
    people.update(ids.identity, ids.account);
    Ok(())
}

/// The application's webhooks: one endpoint, `argyle`; without an inbox, the handlers run while the sender waits.
pub(crate) fn webhooks(argyle: Argyle, people: People, inbox: Option<Inbox>) -> Result<Webhooks, BuildError> {
    let webhooks = Webhooks::builder()
        .state(people)
        .endpoint(Endpoint::new(argyle, handlers![identity_added, identity_updated]));
    match inbox {
        Some(inbox) => webhooks.inbox(inbox).build(),
        None => webhooks.build(),
    }
}

/// One line a delivery, flushed, so that whoever reads the output sees it at once.
fn print_handled(event: &EventName, attempt: Attempt, ids: &IdentityIds) -> io::Result<()> {
    let IdentityIds { account, user, identity } = ids;
    let mut out = io::stdout().lock();
    let attempt = attempt.number();
    writeln!(out, "handled {event} identity={identity} account={account} user={user} attempt={attempt}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use switchhook::testing::{Client, request};

    use super::*;

    fn ids() -> IdentityIds {
        IdentityIds { account: "0187c66e".into(), user: "018051aa".into(), identity: "0153b145".into() }
    }

    #[tokio::test]
    async fn a_handler_is_an_ordinary_function() {
        let people = People::default();
        let event = EventName::new("identities.updated").unwrap();
        identity_updated(event, Attempt::FIRST, Data(ids()), State(people.clone())).await.unwrap();
        assert_eq!(people.find("0153b145").unwrap().updates, 1);
    }

    async fn send_some(client: &Client) {
        for event in ["identities.added", "identities.updated", "identities.updated", "identities.added"] {
            let request = request(&Argyle::new("s3cr3t"), event, &ids());
            assert_eq!(client.send("argyle", request).await.status(), 200);
        }
    }

    #[tokio::test]
    async fn deliveries_reach_their_handlers() {
        let people = People::default();
        let client = Client::new(&webhooks(Argyle::new("s3cr3t"), people.clone(), None).unwrap());
        send_some(&client).await;
        assert_eq!(people.find("0153b145").unwrap().updates, 2);
    }

    #[tokio::test]
    async fn by_way_of_an_inbox_two_equal_hints_are_one() {
        let people = People::default();
        let inbox = Inbox::memory().await.unwrap();
        let client = Client::new(&webhooks(Argyle::new("s3cr3t"), people.clone(), Some(inbox)).unwrap());
        send_some(&client).await;
        assert_eq!(people.find("0153b145"), None);
        assert_eq!(client.work_off().await.unwrap(), 3);
        assert_eq!(people.find("0153b145").unwrap().updates, 1);
    }
}
