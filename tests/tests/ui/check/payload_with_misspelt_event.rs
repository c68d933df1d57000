use switchhook::provider::argyle::IdentityIds;
use switchhook::{Data, webhook_handler};

#[webhook_handler("identities.updatd")]
async fn updated(Data(_): Data<IdentityIds>) {}

fn main() {}
