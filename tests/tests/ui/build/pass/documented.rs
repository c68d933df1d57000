//! Whoever documents their own items has documented everything.
#![deny(missing_docs, missing_debug_implementations, unnameable_types, unreachable_pub, unused)]

pub mod items {
    //! Public items of each macro.
    use switchhook::{catalog, handlers, webhook_handler};

    /// What Acme sends for an invoice.
    #[derive(Debug)]
    pub struct Invoice(pub u8);

    catalog! { #[doc = "What Acme sends."] pub ACME for Acme { "invoice.paid" => Invoice } }

    /// Takes an event.
    #[webhook_handler("invoice.paid")]
    pub async fn paid() {}

    handlers! { #[doc = "Everything."] pub const HANDLERS = [paid]; }
}

fn main() {
    assert!(items::ACME.contains("invoice.paid") && items::Invoice(7).0 == 7);
    drop(items::paid());
    let _list: items::HANDLERS = items::HANDLERS {};
}
