use switchhook::provider::argyle::Argyle;
use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};

#[webhook_handler("mortgages.approved")]
async fn updated() {}

fn main() {
    let _ = Webhooks::builder().endpoint(Endpoint::new(Argyle::new("secret"), handlers![updated])).build();
}
