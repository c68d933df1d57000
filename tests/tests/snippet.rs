//! The first code that a user sees, word for word, and what it promises: it compiles as it stands.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

#[rustfmt::skip]
mod user {
    #[derive(Clone, Default)]
    pub(crate) struct People;

    impl People {
        pub(crate) async fn refresh(&self, identity: &str) -> Result<(), std::io::Error> {
            tokio::task::yield_now().await;
            if identity.is_empty() { Err(std::io::ErrorKind::InvalidInput.into()) } else { Ok(()) }
        }
    }

    use switchhook::{Data, Endpoint, HandlerError, Inbox, State, Webhooks, handlers, webhook_handler};
    use switchhook::provider::argyle::{Argyle, IdentityIds};

    #[webhook_handler("identities.updated")]
    async fn identity_updated(Data(ids): Data<IdentityIds>, State(people): State<People>) -> Result<(), HandlerError> {
        people.refresh(&ids.identity).await?;
        Ok(())
    }

    #[webhook_handler("identities.added")]
    async fn identity_added() {}

    pub(crate) async fn run(secret: &str, people: People, listener: tokio::net::TcpListener) -> Result<(), Box<dyn std::error::Error>> {
        let webhooks = Webhooks::builder()
            .state(people)                                          // leave out when no handler takes state
            .endpoint(Endpoint::new(Argyle::new(secret), handlers![identity_added, identity_updated]))
            .build()?;                                              // starts nothing; BuildError lists everything that is wrong, with file:line

        let app = axum::Router::new().nest("/webhooks", webhooks.router());     // POST /webhooks/argyle
        webhooks.serve(listener, app).await?;                       // HTTP and workers, until Ctrl-C or SIGTERM; then drains both
        Ok(())
    }

    #[expect(dead_code, reason = "it must compile; run, it would leave a file behind")]
    async fn durable(secret: &str, people: People) -> Result<Webhooks, Box<dyn std::error::Error>> {
        Ok(Webhooks::builder()
            .state(people)                                          // leave out when no handler takes state
            .endpoint(Endpoint::new(Argyle::new(secret), handlers![identity_added, identity_updated]))
            .inbox(Inbox::sqlite("inbox.db").await?)                // leave out for direct mode
            .build()?)
    }

    pub(crate) fn with_the_state_last(people: People) -> Webhooks {
        Webhooks::builder()
            .endpoint(Endpoint::new(Argyle::new("s3cr3t"), handlers![identity_updated]))
            .handler_timeout(std::time::Duration::from_secs(5))
            .state(people)
            .build()
            .unwrap()
    }

    pub(crate) fn without_state() -> Webhooks {
        Webhooks::builder().endpoint(Endpoint::new(Argyle::new("s3cr3t"), handlers![identity_added])).build().unwrap()
    }
}

#[tokio::test]
async fn it_reports_a_bad_secret_and_starts_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let error = user::run("", user::People, listener).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 fault in the webhooks:\n- endpoint `argyle`: secret 1 of 1 is empty, so that anybody could sign; for \
         subscriptions without a secret use `Argyle::unsigned()`"
    );
}

#[test]
fn the_state_may_stand_anywhere_and_may_be_left_out() {
    for webhooks in [user::with_the_state_last(user::People), user::without_state()] {
        assert!(webhooks.endpoint("argyle").is_some());
    }
}
