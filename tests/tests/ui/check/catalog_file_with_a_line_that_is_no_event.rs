use switchhook::catalog;

catalog! {
    pub ACME for Acme {
        include_str!("catalogs/blank.txt"),
    }
}

fn main() {}
