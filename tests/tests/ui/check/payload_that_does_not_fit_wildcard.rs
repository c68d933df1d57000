use switchhook::provider::argyle::AccountState;
use switchhook::{Data, webhook_handler};

#[webhook_handler("accounts.*")]
async fn changed(Data(_): Data<AccountState>) {}

fn main() {}
