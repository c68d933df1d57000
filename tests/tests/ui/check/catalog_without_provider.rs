use switchhook::catalog;

struct Acme;

struct Invoice;

catalog! { pub ACME { "invoice.paid" => Invoice } }

fn main() {}
