//! What a webhook subscription can ask for, and with which events.
//!
//! Source: <https://docs.argyle.com/api-guide/webhooks>, and the pages of the single webhooks; read in 2026.

/// The most Items that one subscription may name.
pub(crate) const MOST_ITEMS: usize = 30;

/// How many days of history Argyle takes where a subscription names none.
pub(crate) const DAYS_SYNCED: u32 = 30;

/// The events that carry the object itself when asked to.
const WITH_RESOURCE: [&str; 7] = [
    "accounts.added",
    "accounts.updated",
    "accounts.connected",
    "accounts.failed",
    "direct_deposit_switches.completed",
    "direct_deposit_switches.failed",
    "verifications.updated",
];

/// Tells whether the event can carry the object itself, with `include_resource`.
pub(crate) fn offers_resource(event: &str) -> bool {
    WITH_RESOURCE.contains(&event)
}

/// Tells whether the event is sent after so many days of history, with `days_synced`.
pub(crate) fn offers_days(event: &str) -> bool {
    event.ends_with(".partially_synced")
}

/// Tells whether the event is sent only for Items that the subscription names, and never for `*`.
pub(crate) fn needs_items(event: &str) -> bool {
    event.starts_with("items.")
}
