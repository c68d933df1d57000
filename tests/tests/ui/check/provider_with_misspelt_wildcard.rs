use switchhook::provider::argyle::Argyle;
use switchhook::{webhook_handler};

#[webhook_handler("identitys.*", provider = Argyle)]
async fn updated() {}

fn main() {}
