use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async fn updated() {}

#[webhook_handler("identities.updated")]
async fn refreshed() {}

handlers! { pub const PAYROLL = [updated]; }

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![refreshed, PAYROLL];
}
