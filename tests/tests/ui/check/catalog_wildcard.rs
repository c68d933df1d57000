use switchhook::{Catalog, catalog};

struct Acme;

struct Invoice;

catalog! { pub ACME for Acme { "invoice.*" => Invoice } }

const _: &Catalog = ACME;

fn main() {}
