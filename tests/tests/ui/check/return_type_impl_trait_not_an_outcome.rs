use switchhook::provider::argyle::Argyle;
use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async fn updated() -> impl Send {
    7
}

fn main() {
    let _ = Webhooks::builder().endpoint(Endpoint::new(Argyle::new("secret"), handlers![updated])).build();
}
