use switchhook::catalog;

catalog! {
    pub ACME for Acme {
        include_str!("catalogs/twice.txt"),
    }
}

fn main() {}
