//! The events of Stripe.

crate::catalog! {
    /// The events that Stripe sends.
    pub STRIPE for Stripe {
        include_str!("events.txt"),
    }
}
