use switchhook::provider::argyle::Argyle;
use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};

#[webhook_handler("identities.updatd")]
async fn updated() {}

handlers! { pub const PAYROLL = [updated]; }

fn main() {
    let _ = Webhooks::builder().endpoint(Endpoint::new(Argyle::new("secret"), handlers![PAYROLL])).build();
}
