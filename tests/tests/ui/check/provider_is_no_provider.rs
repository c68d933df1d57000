use switchhook::webhook_handler;

struct People;

#[webhook_handler("identities.updated", provider = People)]
async fn updated() {}

fn main() {}
