//! The subscriptions that the handlers ask for, planned and applied.

use std::error::Error;

use switchhook::{Webhooks, provider::argyle::Client, subscriptions::Change};

use crate::print;

/// Makes the subscriptions follow the handlers, and prints the plan, the subscriptions that are asked for, and
/// what was done.
pub(crate) async fn subscribe(
    webhooks: &Webhooks,
    argyle: &Client,
    name: &str,
    public_url: &str,
) -> Result<(), Box<dyn Error>> {
    let url = format!("{}/webhooks", public_url.trim_end_matches('/'));
    let subscriptions = webhooks.subscriptions().named(name).at(url).build()?;
    let plan = subscriptions.plan(argyle).await?;
    print(&format!("\n{plan}"))?;
    for change in plan.changes() {
        if let Change::Create { wanted } | Change::Replace { wanted, .. } = change {
            print(&format!("\nPOST {}/webhooks\n{}", argyle.base_url(), wanted.request()))?;
        }
    }
    let applied = subscriptions.apply(argyle).await?;
    print(&format!("\n{applied}"))?;
    Ok(())
}
