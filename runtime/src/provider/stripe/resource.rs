//! The objects that stand within the objects of Stripe's events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::provider::payloads::{list, or_default, payloads};

payloads! { "stripe";
    /// What an invoice was made from, since version `2025-03-31.basil`.
    ///
    /// Source: <https://docs.stripe.com/changelog/basil/2025-03-31/adds-new-parent-field-to-invoicing-objects>.
    InvoiceParent from r#"{"type":"subscription_details","subscription_details":{"subscription":"sub_1"}}"# {
        /// Which of the details there are, such as `subscription_details`.
        r#type: Option<String>,
        /// The subscription.
        subscription_details: Option<SubscriptionDetails>,
    }

    /// The subscription that an invoice was made from.
    ///
    /// Source: <https://docs.stripe.com/api/invoices/object>.
    SubscriptionDetails from r#"{"subscription":"sub_1","metadata":{"plan":"team"}}"# {
        /// The subscription's id.
        subscription: Option<String>,
        /// What you had attached to the subscription when the invoice was finalized.
        #[serde(default, deserialize_with = "or_default")]
        metadata: BTreeMap<String, String>,
    }

    /// What is subscribed to; an event lists the first items only.
    ///
    /// Source: <https://docs.stripe.com/api/subscriptions/object>.
    SubscriptionItems from r#"{"data":[{"id":"si_1","quantity":3}],"has_more":false}"# {
        /// The items.
        #[serde(default, deserialize_with = "list")]
        data: Vec<SubscriptionItem>,
        /// Whether there are more.
        #[serde(default, deserialize_with = "or_default")]
        has_more: bool,
    }

    /// One thing that is subscribed to.
    ///
    /// Source: <https://docs.stripe.com/api/subscription_items/object>.
    SubscriptionItem from r#"{"id":"si_1","quantity":3,"current_period_end":1766592000}"# {
        /// The item's id.
        id: String,
        /// What it costs.
        price: Option<Price>,
        /// How many there are; none where use is metered.
        quantity: Option<u64>,
        /// When its period began, in Unix seconds, since version `2025-03-31.basil`. Source:
        /// <https://docs.stripe.com/changelog/basil/2025-03-31/deprecate-subscription-current-period-start-and-end>.
        current_period_start: Option<i64>,
        /// When its period ends, in Unix seconds, since version `2025-03-31.basil`.
        current_period_end: Option<i64>,
    }

    /// What something costs.
    ///
    /// Source: <https://docs.stripe.com/api/prices/object>.
    Price from r#"{"id":"price_1","product":"prod_1","unit_amount":2000,"currency":"usd"}"# {
        /// The price's id.
        id: String,
        /// The product's id.
        product: Option<String>,
        /// The name that you gave it, for programs.
        lookup_key: Option<String>,
        /// What one costs, in the currency's smallest unit; none where it is not a whole number, or depends on how many.
        unit_amount: Option<i64>,
        /// The currency, three lower-case letters.
        currency: Option<String>,
        /// How often it is billed; none when once.
        recurring: Option<Recurring>,
    }

    /// How often something is billed.
    ///
    /// Source: <https://docs.stripe.com/api/prices/object>.
    Recurring from r#"{"interval":"month","interval_count":3}"# {
        /// `day`, `week`, `month` or `year`.
        interval: String,
        /// How many of them are between two invoices.
        interval_count: Option<u64>,
    }

    /// Why a subscription was canceled.
    ///
    /// Source: <https://docs.stripe.com/api/subscriptions/object>.
    CancellationDetails from r#"{"reason":"cancellation_requested","feedback":"too_expensive"}"# {
        /// The reason, such as `cancellation_requested` or `payment_failed`.
        reason: Option<String>,
        /// What the customer chose, such as `too_expensive`.
        feedback: Option<String>,
        /// What the customer wrote.
        comment: Option<String>,
    }

    /// Who the customer of a checkout is, as was typed.
    ///
    /// Source: <https://docs.stripe.com/api/checkout/sessions/object>.
    CustomerDetails from r#"{"email":"ada@example.com","name":"Ada"}"# {
        /// The address for mail.
        email: Option<String>,
        /// The name.
        name: Option<String>,
        /// The phone number.
        phone: Option<String>,
        /// The address.
        address: Option<Address>,
    }

    /// A postal address.
    ///
    /// Source: <https://docs.stripe.com/api/customers/object>.
    Address from r#"{"city":"London","country":"GB","postal_code":"N1 9GU"}"# {
        /// The street and the number.
        line1: Option<String>,
        /// What else there is, such as a floor.
        line2: Option<String>,
        /// The city.
        city: Option<String>,
        /// The state, province or region.
        state: Option<String>,
        /// The postal code.
        postal_code: Option<String>,
        /// The country, two upper-case letters.
        country: Option<String>,
    }

    /// Why a payment failed.
    ///
    /// Source: <https://docs.stripe.com/api/payment_intents/object>.
    PaymentError from r#"{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"}"# {
        /// The kind, such as `card_error`.
        r#type: Option<String>,
        /// The error, such as `card_declined`.
        code: Option<String>,
        /// What the bank says, such as `insufficient_funds`.
        decline_code: Option<String>,
        /// The error, for people; of a card's error, customers may see it.
        message: Option<String>,
        /// The id of the charge that failed.
        charge: Option<String>,
    }

    /// How Stripe and the bank judged a charge.
    ///
    /// Source: <https://docs.stripe.com/api/charges/object>.
    ChargeOutcome from r#"{"type":"authorized","network_status":"approved_by_network","risk_level":"normal"}"# {
        /// The result, such as `authorized`, `issuer_declined` or `blocked`.
        r#type: Option<String>,
        /// What the network did, such as `approved_by_network`.
        network_status: Option<String>,
        /// Why, for programs.
        reason: Option<String>,
        /// How risky it is, such as `normal` or `elevated`.
        risk_level: Option<String>,
        /// Why, for you and not for the customer.
        seller_message: Option<String>,
    }

    /// Who paid a charge, as was typed.
    ///
    /// Source: <https://docs.stripe.com/api/charges/object>.
    BillingDetails from r#"{"email":"ada@example.com","name":"Ada"}"# {
        /// The address for mail.
        email: Option<String>,
        /// The name.
        name: Option<String>,
        /// The phone number.
        phone: Option<String>,
        /// The address.
        address: Option<Address>,
    }

    /// What was handed in for a dispute.
    ///
    /// Source: <https://docs.stripe.com/api/disputes/object>.
    EvidenceDetails from r#"{"due_by":1764604800,"has_evidence":false,"past_due":false,"submission_count":0}"# {
        /// By when it must be handed in, in Unix seconds; none when the bank takes none.
        due_by: Option<i64>,
        /// Whether something is prepared or handed in.
        has_evidence: Option<bool>,
        /// Whether it was handed in too late.
        past_due: Option<bool>,
        /// How often something was handed in.
        submission_count: Option<u64>,
    }

    /// What pays for a customer's invoices.
    ///
    /// Source: <https://docs.stripe.com/api/customers/object>.
    InvoiceSettings from r#"{"default_payment_method":"pm_1"}"# {
        /// The id of the payment method that pays by default.
        default_payment_method: Option<String>,
    }
}
