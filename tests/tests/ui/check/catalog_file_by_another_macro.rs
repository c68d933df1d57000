use switchhook::catalog;

catalog! {
    pub ACME for Acme {
        concat!("ping", "\n", "pong"),
    }
}

fn main() {}
