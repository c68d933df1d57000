use switchhook::catalog;

struct Invoice;

catalog! {
    pub ACME for Acme {
        include_str!("catalogs/acme.txt"),
        "invoice.payd" => Invoice,
    }
}

fn main() {}
