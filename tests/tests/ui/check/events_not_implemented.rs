use switchhook::provider::standard::Standard;

struct Acme;

fn main() {
    let _acme = Standard::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sends::<Acme>();
}
