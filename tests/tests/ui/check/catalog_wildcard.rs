use serde::Deserialize;
use switchhook::catalog;

struct Acme;

#[derive(Deserialize)]
struct Invoice;

catalog! { pub ACME for Acme { "invoice.*" => Invoice } }

fn main() {}
