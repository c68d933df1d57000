//! The two events of Argyle that this application handles.

use std::io::{self, Write};

use switchhook::{
    BuildError, Data, Endpoint, EventName, HandlerError, State, Webhooks, handlers,
    provider::argyle::{Argyle, IdentityIds},
    webhook_handler,
};

use crate::people::People;

#[webhook_handler("identities.added")]
async fn identity_added(
    event: EventName,
    Data(ids): Data<IdentityIds>,
    State(people): State<People>,
) -> Result<(), HandlerError> {
    print_handled(&event, &ids)?;
    people.add(ids.identity, ids.account);
    Ok(())
}

#[webhook_handler("identities.updated")]
async fn identity_updated(
    event: EventName,
    Data(ids): Data<IdentityIds>,
    State(people): State<People>,
) -> Result<(), HandlerError> {
    print_handled(&event, &ids)?;
    people.update(ids.identity, ids.account);
    Ok(())
}

/// The application's webhooks: one endpoint, `argyle`.
pub(crate) fn webhooks(argyle: Argyle, people: People) -> Result<Webhooks, BuildError> {
    Webhooks::builder()
        .state(people)
        .endpoint(Endpoint::new(argyle, handlers![identity_added, identity_updated]))
        .build()
}

/// One line a delivery, flushed, so that whoever reads the output sees it at once.
fn print_handled(event: &EventName, ids: &IdentityIds) -> io::Result<()> {
    let IdentityIds { account, user, identity } = ids;
    let mut out = io::stdout().lock();
    writeln!(out, "handled {event} identity={identity} account={account} user={user}")?;
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
        identity_updated(event, Data(ids()), State(people.clone())).await.unwrap();
        assert_eq!(people.find("0153b145").unwrap().updates, 1);
    }

    #[tokio::test]
    async fn deliveries_reach_their_handlers() {
        let people = People::default();
        let argyle = || Argyle::new("s3cr3t");
        let client = Client::new(&webhooks(argyle(), people.clone()).unwrap());
        for event in ["identities.added", "identities.updated", "identities.updated", "identities.added"] {
            assert_eq!(client.send("argyle", request(&argyle(), event, &ids())).await.status(), 200);
        }
        assert_eq!(people.find("0153b145").unwrap().updates, 2);
    }
}
