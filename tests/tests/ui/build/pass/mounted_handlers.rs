//! With a case that passes, the cases of this stage are built and not only checked.

use switchhook::provider::argyle::{Argyle, IdentityIds};
use switchhook::{Data, Endpoint, Webhooks, handlers, webhook_handler};

#[webhook_handler("identities.added", "identities.updated", provider = Argyle)]
async fn changed(Data(ids): Data<IdentityIds>) {
    assert!(!ids.identity.is_empty());
}

#[webhook_handler("accounts.*")]
async fn account() {}

fn main() {
    let endpoint = Endpoint::new(Argyle::new("secret"), handlers![changed, account]);
    assert!(Webhooks::builder().endpoint(endpoint).build().is_ok());
}
