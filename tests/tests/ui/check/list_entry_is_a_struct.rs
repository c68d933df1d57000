use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers};

struct Updated;

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![Updated];
}
