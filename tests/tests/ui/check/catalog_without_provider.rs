use serde::Deserialize;
use switchhook::catalog;

struct Acme;

#[derive(Deserialize)]
struct Invoice;

catalog! { pub ACME { "invoice.paid" => Invoice } }

fn main() {}
