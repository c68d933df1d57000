//! The events of Stripe.

use super::payload::{Charge, CheckoutSession, Customer, Dispute, Invoice, PaymentIntent, Subscription};

crate::catalog! {
    /// The events of Stripe. Source: <https://docs.stripe.com/api/events/types>, as the package describes it that
    /// `events.txt` names, read in 2026.
    ///
    /// Names that begin with `v1.` or `v2.` are thin events, which carry no object. The thin events whose names hold
    /// brackets, such as `v2.core.account[identity].updated`, are left out: no pattern can name them.
    ///
    /// An event without a type is one that few act on: take a type of your own for it.
    pub STRIPE for Stripe {
        include_str!("events.txt"),
        "invoice.*" => Invoice,
        "customer.subscription.*" => Subscription,
        "checkout.session.*" => CheckoutSession,
        "payment_intent.*" => PaymentIntent,
        // Not `charge.*`: disputes and `charge.refund.updated` carry other objects.
        "charge.captured" | "charge.expired" | "charge.failed" | "charge.pending" | "charge.refunded"
            | "charge.succeeded" | "charge.updated" => Charge,
        "charge.dispute.*" => Dispute,
        "customer.created" | "customer.deleted" | "customer.updated" => Customer,
    }
}
