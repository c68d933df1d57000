use switchhook::{Catalog, catalog};

struct Acme;

struct Invoice;

catalog! { pub ACME for Acme { "invoice.paid" => Invoice, "invoice.paid" } }

const _: &Catalog = ACME;

fn main() {}
