use switchhook::provider::argyle::{Argyle, IdentityIds};
use switchhook::{Data, Endpoint, HandlerError, State, Webhooks, handlers, webhook_handler};

#[derive(Clone)]
struct People;

#[webhook_handler("identities.updated")]
async fn identity_updated(
    Data(ids): Data<IdentityIds>,
    State(people): State<People>,
) -> Result<(), HandlerError> {
    let _people: People = people;
    println!("handled {}", ids.identity);
    Ok(())
}
#[webhook_handler("identities.added", timeout = "30s")]
async fn identity_added(Data(ids): Data<IdentityIds>) {
    println!("added {}", ids.identity);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).init();
    let webhooks = Webhooks::builder()
        .endpoint(Endpoint::new(
            Argyle::new("relay-test-secret-01"),
            handlers![identity_added, identity_updated],
        ))
        .state(People)
        .build()?;
    let app = axum::Router::new().nest("/webhooks", webhooks.router());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3999").await?;
    webhooks.serve(listener, app).await?;
    Ok(())
}
