use switchhook::provider::argyle::Argyle;
use switchhook::{webhook_handler};

#[webhook_handler("identities.updatd", provider = Argyle)]
async fn updated() {}

fn main() {}
