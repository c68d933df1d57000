use switchhook::catalog;

struct Acme;

struct Invoice;

catalog! { pub ACME for Acme; "invoice.paid" => Invoice }

fn main() {}
