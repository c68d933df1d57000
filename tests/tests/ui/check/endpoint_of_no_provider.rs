use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};

struct People;

#[webhook_handler("identities.updated")]
async fn updated() {}

fn main() {
    let _ = Webhooks::builder().endpoint(Endpoint::new(People, handlers![updated])).build();
}
