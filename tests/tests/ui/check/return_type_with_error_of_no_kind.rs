use switchhook::provider::argyle::Argyle;
use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};

struct Broken;

#[webhook_handler("identities.updated")]
async fn updated() -> Result<(), Broken> {
    Err(Broken)
}

fn main() {
    let _ = Webhooks::builder().endpoint(Endpoint::new(Argyle::new("secret"), handlers![updated])).build();
}
