use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async extern "C" fn updated() {}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
