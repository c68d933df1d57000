use switchhook::provider::argyle::IdentityIds;
use switchhook::{Data, webhook_handler};

#[webhook_handler("identities.updated"_v2)]
async fn updated(_: Data<IdentityIds>) {}

fn main() {}
