use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
unsafe extern "C" fn updated<T>(_event: &str, _other: impl Send) {}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
