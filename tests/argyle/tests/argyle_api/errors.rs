//! What a call that fails says, and how often it was sent.

use std::{
    error::Error as _,
    time::{Duration, Instant},
};

use serde_json::json;
use switchhook::{
    provider::argyle::{ApiError, ApiFault, Client, NewSubscription, Subscription},
    testing::{Call, Fault, LocalArgyle},
};

use crate::support::{KEY_ID, KEY_SECRET, SECRET, client, client_for, local, patient, show, tell};

const LOOK_FIRST: &str =
    "it may have made the subscription all the same: list the subscriptions before you try again";

fn new() -> NewSubscription {
    let new = NewSubscription::new(["identities.added"], "payroll", "https://hooks.example.com/argyle");
    show(new.secret(SECRET))
}

async fn create(argyle: &LocalArgyle) -> Result<Subscription, ApiError> {
    create_with(&client(argyle)).await
}

async fn create_with(client: &Client) -> Result<Subscription, ApiError> {
    client.create_subscription(&new()).await.map(show).map_err(tell)
}

/// The error without the trace id, which is another one each time.
fn text(error: &ApiError) -> String {
    let text = tell(error).to_string();
    match error.trace_id() {
        Some(id) => {
            assert!(text.contains(id), "{text}");
            text.replace(&format!("; trace id {id}"), "")
        }
        None => text,
    }
}

fn base(argyle: &LocalArgyle) -> String {
    argyle.base_url()
}

#[tokio::test]
async fn a_key_of_the_other_environment_is_named_as_such() {
    let argyle = local().await;
    let client = patient(Client::at(base(&argyle), KEY_ID, "a guess"));
    let error = client.subscriptions().await.unwrap_err();
    assert_eq!(
        text(&error),
        format!(
            "`GET /webhooks`: the API key is not one of `{}`; sandbox and production have keys of their own (status 401; \
             Argyle says \"Invalid username/password.\")",
            base(&argyle)
        )
    );
    assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (401, 1));
    assert_eq!(error.detail(), Some("Invalid username/password."));
    assert!(!error.may_have_been_carried_out());
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let argyle = local().await;
    let client = client(&argyle);
    let error = client.identity("5c0ffee0").await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(
        text(&error),
        "`GET /identities/5c0ffee0`: there is no such object (status 404; Argyle says \"Not found.\")"
    );
    let error = client.delete_subscription("6f0d2c0e").await.unwrap_err();
    assert!(error.is_not_found());
    for id in ["", ".", ".."] {
        let error = client.identity(id).await.unwrap_err();
        assert_eq!(
            text(&error),
            format!(
                "`GET /identities/{id}`: `{id}` is no id: an id is not empty, `.` or `..`, and holds no white space"
            )
        );
    }
    assert_eq!(argyle.requests().len(), 2, "nothing was sent for those that are no ids");
}

#[tokio::test]
async fn what_argyle_refuses_is_told_in_its_words_without_the_secret() {
    let argyle = local().await;
    let new = NewSubscription::new(["identities.add"], SECRET, "https://hooks.example.com").secret(SECRET);
    let error = client(&argyle).create_subscription(&new).await.unwrap_err();
    let said = text(&error);
    assert!(
        said.starts_with(
            "`POST /webhooks`: Argyle refuses the request; see what it says (status 400; Argyle says \""
        ),
        "{said}"
    );
    assert!(said.contains("identities.add") && !said.contains(SECRET), "{said}");
    assert_eq!(argyle.requests().len(), 1);
}

#[tokio::test]
async fn a_429_is_waited_out_and_nothing_is_made_twice() {
    let argyle = local().await;
    argyle.fail(Call::Create, Fault::RateLimited { retry_after: Some(Duration::from_secs(1)) });
    let begun = Instant::now();
    create(&argyle).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1), "it waits as long as it is asked to");
    assert_eq!((argyle.requests().len(), argyle.subscriptions().len()), (2, 1));

    argyle.fail(Call::Create, Fault::RateLimited { retry_after: Some(Duration::from_hours(1)) });
    let error = create(&argyle).await.unwrap_err();
    assert_eq!(
        text(&error),
        "`POST /webhooks`: too many calls were made; Argyle asks to wait 3600s (status 429; Argyle says \"Request was \
         throttled.\")"
    );
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));

    argyle.fail_each([(); 2].map(|()| (Call::List, Fault::RateLimited { retry_after: None })));
    let error = client(&argyle).subscriptions().await.unwrap_err();
    assert_eq!(
        text(&error),
        "`GET /webhooks`: too many calls were made; try again later (status 429; Argyle says \"Request was throttled.\"; \
         after 2 attempts)"
    );
    assert_eq!(argyle.subscriptions().len(), 1);
}

#[tokio::test]
async fn a_500_is_tried_again_where_that_does_no_harm() {
    let argyle = local().await;
    argyle.fail(Call::List, Fault::Status(500));
    client(&argyle).subscriptions().await.unwrap();
    assert_eq!(argyle.requests().len(), 2);

    argyle.fail(Call::Create, Fault::StatusAfter(500));
    let error = create(&argyle).await.unwrap_err();
    assert_eq!(
        text(&error),
        format!(
            "`POST /webhooks`: Argyle failed; {LOOK_FIRST} (status 500; Argyle says \"This is a fault that a test asked for.\")"
        )
    );
    assert!(error.may_have_been_carried_out());
    assert_eq!((argyle.requests().len(), argyle.subscriptions().len()), (3, 1));
}

#[tokio::test]
async fn answers_that_do_not_come_or_not_whole_say_so() {
    for (fault, said, facts) in [
        (Fault::Hang, "there was no answer within 500.0ms", ""),
        (Fault::TruncatedAfter, "the connection broke before the answer's end", " (status 201)"),
        (
            Fault::NotJsonAfter,
            "the answer is not JSON, and is said to be text/html; something else may answer in Argyle's place: see whether the address is \
             right",
            " (status 200)",
        ),
        (Fault::Huge, "the answer has more than 8 MiB", " (status 200)"),
    ] {
        let argyle = local().await;
        argyle.fail(Call::Create, fault.clone());
        let error = create_with(&client_for(&argyle, &fault)).await.unwrap_err();
        assert_eq!(text(&error), format!("`POST /webhooks`: {said}; {LOOK_FIRST}{facts}"), "{fault:?}");
        assert_eq!(argyle.requests().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_in_time_is_an_answer() {
    let argyle = local().await;
    argyle.put_identity(json!({ "id": "5c0ffee0", "full_name": "Ada Sample" }));
    argyle.fail(Call::Identity, Fault::Slow(Duration::from_millis(100)));
    let identity = client(&argyle).identity("5c0ffee0").await.unwrap();
    assert_eq!(identity.full_name.as_deref(), Some("Ada Sample"));
    assert_eq!(argyle.requests().len(), 1);
}

#[tokio::test]
async fn a_timeout_of_a_call_that_only_reads_is_tried_again() {
    let argyle = local().await;
    argyle.fail(Call::List, Fault::Hang);
    client_for(&argyle, &Fault::Hang).subscriptions().await.unwrap();
    assert_eq!(argyle.requests().len(), 2);
}

#[tokio::test]
async fn an_argyle_that_cannot_be_reached_was_not_reached() {
    // Bound, so that no other test gets it, and not listening.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = taken.local_addr().unwrap();
    let client = patient(Client::at(format!("http://{address}/v2"), KEY_ID, KEY_SECRET));
    let error = client.create_subscription(&new()).await.unwrap_err();
    assert_eq!(
        text(&error),
        format!(
            "`POST /webhooks`: Argyle cannot be reached at `http://{address}/v2`; see whether this machine may connect to \
             it; try again later (after 2 attempts)"
        )
    );
    assert!(!error.may_have_been_carried_out());
    assert!(matches!(error.fault(), ApiFault::Unreachable { .. }));
    let mut causes = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes = format!("{causes}: {}", show(error));
        cause = error.source();
    }
    assert!(causes.contains("Connection refused"), "{causes}");
}

#[test]
fn a_client_that_cannot_be_is_refused_before_its_first_call() {
    for (url, id, secret, said) in [
        ("https://api.argyle.com/v2", " ", KEY_SECRET, "the id of the API key is blank"),
        ("https://api.argyle.com/v2", KEY_ID, "", "the secret of the API key is blank"),
        ("api.argyle.com", KEY_ID, KEY_SECRET, "the API's address `api.argyle.com` is no URL"),
        ("data:x", KEY_ID, KEY_SECRET, "the API's address `data:x` is no URL of a server"),
        (
            "https://key-id-4f1d0c:key-secret-9a77e2@api.argyle.com/v2",
            KEY_ID,
            KEY_SECRET,
            "the API's address `https://***@api.argyle.com/v2` must hold no key; give it beside the URL",
        ),
        (
            "https://api.argyle.com/v2?x=y",
            KEY_ID,
            KEY_SECRET,
            "the API's address `https://api.argyle.com/v2?***` must end with a path, such as `/v2`",
        ),
        (
            "http://api.argyle.com/v2",
            KEY_ID,
            KEY_SECRET,
            "the API's address `http://api.argyle.com/v2` must begin with `https:`, since the key goes there",
        ),
    ] {
        let builder = show(Client::at(url, id, secret));
        assert_eq!(tell(builder.build().unwrap_err()).to_string(), said);
    }
    for here in ["http://127.0.0.1:1/v2", "http://localhost:1/v2", "http://[::1]:1/v2/"] {
        assert!(Client::at(here, KEY_ID, KEY_SECRET).build().is_ok(), "{here}");
    }
}
