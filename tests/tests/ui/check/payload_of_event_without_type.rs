use switchhook::provider::argyle::IdentityIds;
use switchhook::{Data, webhook_handler};

#[webhook_handler("gigs.removed")]
async fn removed(Data(_): Data<IdentityIds>) {}

fn main() {}
