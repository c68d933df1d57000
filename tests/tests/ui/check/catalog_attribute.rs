use switchhook::{Catalog, catalog};

struct Acme;

struct Invoice;

catalog! { pub ACME for Acme { #[hint] "invoice.changed", #[doc(hidden)] "invoice.paid" => Invoice } }

const _: &Catalog = ACME;

fn main() {}
