use switchhook::provider::argyle::Argyle;
use switchhook::{Endpoint, State, Webhooks, handlers, webhook_handler};

#[derive(Clone)]
struct Db;

#[webhook_handler("identities.updated")]
async fn updated(State(_): State<Db>) {}

fn main() {
    let endpoint = Endpoint::new(Argyle::new("secret"), handlers![updated]);
    let _ = Webhooks::builder().endpoint(endpoint).build();
}
