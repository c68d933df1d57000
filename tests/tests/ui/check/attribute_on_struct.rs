use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
struct Updated;

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![Updated];
}
