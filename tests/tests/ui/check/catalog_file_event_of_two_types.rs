use switchhook::catalog;

struct Invoice;
struct Paid;

catalog! {
    pub ACME for Acme {
        include_str!("catalogs/acme.txt"),
        "invoice.*" => Invoice,
        "invoice.paid" => Paid,
    }
}

fn main() {}
