use switchhook::catalog;

catalog! {
    pub ACME for Acme {
        include_str!("catalogs/acme.txt"),
        #[hint]
        "invoice.*",
    }
}

fn main() {}
