use switchhook::provider::argyle::IdentityIds;
use switchhook::{Data, webhook_handler};

#[webhook_handler("accounts.removed")]
async fn removed(_: Option<Data<IdentityIds>>) {}

fn main() {}
