//! The two events of Argyle that this application handles.

use std::io;

use switchhook::{
    Attempt, BuildError, Data, Endpoint, EventName, FromRef, HandlerError, Inbox, State, Webhooks, handlers,
    provider::argyle::{Argyle, Client, IdentityIds},
    webhook_handler,
};

use crate::{
    fetch::{self, Fetched},
    people::People,
    print,
};

/// What handlers share.
#[derive(Clone, Default)]
pub(crate) struct App {
    pub(crate) people: People,
    /// Where identities are fetched; nowhere, when the program only serves.
    pub(crate) argyle: Option<Client>,
}

impl FromRef<App> for People {
    fn from_ref(app: &App) -> Self {
        app.people.clone()
    }
}

impl FromRef<App> for Option<Client> {
    fn from_ref(app: &App) -> Self {
        app.argyle.clone()
    }
}

#[webhook_handler("identities.added")]
async fn identity_added(
    event: EventName,
    attempt: Attempt,
    Data(ids): Data<IdentityIds>,
    State(people): State<People>,
    State(argyle): State<Option<Client>>,
) -> Result<(), HandlerError> {
    print_handled(&event, attempt, &ids)?;
    let fetched = fetch(argyle, &ids).await?;
    people.add(ids.identity, ids.account, fetched);
    Ok(())
}

#[webhook_handler("identities.updated")]
async fn identity_updated(
    event: EventName,
    attempt: Attempt,
    Data(ids): Data<IdentityIds>,
    State(people): State<People>,
    State(argyle): State<Option<Client>>,
) -> Result<(), HandlerError> {
    print_handled(&event, attempt, &ids)?;
    let fetched = fetch(argyle, &ids).await?;
    people.update(ids.identity, ids.account, fetched);
    Ok(())
}

/// The application's webhooks: one endpoint, `argyle`; without an inbox, the handlers run while the sender waits.
pub(crate) fn webhooks(argyle: Argyle, app: App, inbox: Option<Inbox>) -> Result<Webhooks, BuildError> {
    let webhooks = Webhooks::builder()
        .state(app)
        .endpoint(Endpoint::new(argyle, handlers![identity_added, identity_updated]));
    match inbox {
        Some(inbox) => webhooks.inbox(inbox).build(),
        None => webhooks.build(),
    }
}

/// Fetches what the delivery hints at, where there is somebody to ask, and prints it.
async fn fetch(argyle: Option<Client>, ids: &IdentityIds) -> Result<Option<Fetched>, HandlerError> {
    let Some(argyle) = argyle else { return Ok(None) };
    let fetched = fetch::identity(&argyle, &ids.identity).await?;
    match &fetched {
        Some(Fetched { name, employment_status }) => {
            let name = name.as_deref().unwrap_or("somebody without a name");
            let status = employment_status.as_ref().map_or("unknown", |status| status.as_str());
            print(&format!("fetched identity={} name={name:?} employment_status={status}", ids.identity))?;
        }
        None => print(&format!("fetched identity={}: Argyle no longer has it", ids.identity))?,
    }
    Ok(fetched)
}

/// One line a delivery, flushed, so that whoever reads the output sees it at once.
fn print_handled(event: &EventName, attempt: Attempt, ids: &IdentityIds) -> io::Result<()> {
    let IdentityIds { account, user, identity } = ids;
    let attempt = attempt.number();
    print(&format!("handled {event} identity={identity} account={account} user={user} attempt={attempt}"))
}

#[cfg(test)]
mod tests {
    use switchhook::testing::{Client, request};

    use super::{
        App, Argyle, Attempt, Data, EventName, IdentityIds, Inbox, People, State, identity_updated, webhooks,
    };

    fn ids() -> IdentityIds {
        IdentityIds { account: "0187c66e".into(), user: "018051aa".into(), identity: "0153b145".into() }
    }

    #[tokio::test]
    async fn a_handler_is_an_ordinary_function() {
        let people = People::default();
        let event = EventName::new("identities.updated").unwrap();
        let (people_state, argyle) = (State(people.clone()), State(None));
        identity_updated(event, Attempt::FIRST, Data(ids()), people_state, argyle).await.unwrap();
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
        let app = App::default();
        let people = app.people.clone();
        let client = Client::new(&webhooks(Argyle::new("s3cr3t"), app, None).unwrap());
        send_some(&client).await;
        assert_eq!(people.find("0153b145").unwrap().updates, 2);
    }

    #[tokio::test]
    async fn by_way_of_an_inbox_two_equal_hints_are_one() {
        let app = App::default();
        let people = app.people.clone();
        let inbox = Inbox::memory().await.unwrap();
        let client = Client::new(&webhooks(Argyle::new("s3cr3t"), app, Some(inbox)).unwrap());
        send_some(&client).await;
        assert_eq!(people.find("0153b145"), None);
        assert_eq!(client.work_off().await.unwrap(), 3);
        assert_eq!(people.find("0153b145").unwrap().updates, 1);
    }
}
