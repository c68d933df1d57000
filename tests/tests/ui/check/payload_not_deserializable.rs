use switchhook::provider::argyle::Argyle;
use switchhook::{Data, Endpoint, Webhooks, handlers, webhook_handler};

struct Person;

#[webhook_handler("identities.updated")]
async fn updated(Data(_): Data<Person>) {}

fn main() {
    let _ = Webhooks::builder().endpoint(Endpoint::new(Argyle::new("secret"), handlers![updated])).build();
}
