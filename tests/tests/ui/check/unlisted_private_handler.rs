#![deny(dead_code)]

use switchhook::webhook_handler;

#[webhook_handler("identities.updated")]
async fn forgotten() {}

fn main() {}
