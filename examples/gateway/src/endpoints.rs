//! An endpoint for each provider, and what they do with a delivery.

use std::error::Error;

use serde_json::json;
use switchhook::{
    Data, Endpoint, EndpointName, EventName, HandlerError, ProviderId, Webhooks, handlers,
    provider::{
        argyle::Argyle,
        github::{GitHub, Ping},
        shopify::Shopify,
        slack::Slack,
        standard::Standard,
        stripe::Stripe,
    },
    webhook_handler,
};

/// Everything that no other handler takes.
#[webhook_handler("*")]
async fn record(
    endpoint: EndpointName,
    event: EventName,
    id: Option<ProviderId>,
) -> Result<(), HandlerError> {
    print_handled(&endpoint, &event, id.as_ref())
}

/// GitHub sends it when a webhook is made.
#[webhook_handler("ping")]
async fn ping(
    endpoint: EndpointName,
    event: EventName,
    id: Option<ProviderId>,
    Data(ping): Data<Ping>,
) -> Result<(), HandlerError> {
    tracing::info!(hook = ping.hook_id, zen = ping.zen, "GitHub has found us");
    print_handled(&endpoint, &event, id.as_ref())
}

/// The endpoints of the providers whose secret there is.
pub(crate) fn webhooks(
    secret: impl Fn(&str) -> Result<Option<String>, String>,
) -> Result<Webhooks, Box<dyn Error>> {
    let argyle = |secret: String| Endpoint::new(Argyle::new(secret), handlers![record]);
    let standard = |secret: String| Endpoint::new(Standard::new(secret), handlers![record]);
    let svix = |secret: String| {
        let svix = Standard::new(secret).event_at(["/type", "/event_type"]);
        Endpoint::new(svix, handlers![record]).named("svix")
    };
    let github = |secret: String| {
        let github = Endpoint::new(GitHub::new(secret), handlers![ping, record]);
        // What it sends of large changes has up to 25 MB, and it does not send again.
        github.body_limit(25 * 1024 * 1024)
    };
    let stripe = |secret: String| Endpoint::new(Stripe::new(secret), handlers![record]);
    let slack = |secret: String| Endpoint::new(Slack::new(secret), handlers![record]);
    let shopify = |secret: String| Endpoint::new(Shopify::new(secret), handlers![record]);
    let webhooks = Webhooks::builder()
        .endpoints(secret("ARGYLE_SECRET")?.map(argyle))
        .endpoints(secret("STANDARD_SECRET")?.map(standard))
        .endpoints(secret("SVIX_SECRET")?.map(svix))
        .endpoints(secret("GITHUB_SECRET")?.map(github))
        .endpoints(secret("STRIPE_SECRET")?.map(stripe))
        .endpoints(secret("SLACK_SECRET")?.map(slack))
        .endpoints(secret("SHOPIFY_SECRET")?.map(shopify))
        .build()?;
    Ok(webhooks)
}

/// One line of JSON a delivery; `id` is `null` where the sender gives none.
fn print_handled(
    endpoint: &EndpointName,
    event: &EventName,
    id: Option<&ProviderId>,
) -> Result<(), HandlerError> {
    let line =
        json!({ "endpoint": endpoint.as_str(), "event": event.as_str(), "id": id.map(ProviderId::as_str) });
    Ok(crate::print(&line.to_string())?)
}
