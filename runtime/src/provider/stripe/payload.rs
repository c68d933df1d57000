//! What Stripe's snapshot events carry: `data` is the body's `data.object`.
//!
//! Its shape is that of the API version which the endpoint was made with, or else the account's: what some versions do
//! not send is optional. Unknown fields are passed over; they stay readable through [`RawBody`](crate::RawBody).
//!
//! Ids are opaque texts. What the API can expand is an id in events. Amounts are in the smallest unit of their
//! currency (cents of USD, whole yen of JPY): <https://docs.stripe.com/currencies#zero-decimal>. Times are Unix seconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::resource::{
    BillingDetails, CancellationDetails, ChargeOutcome, CustomerDetails, EvidenceDetails, InvoiceParent,
    InvoiceSettings, PaymentError, SubscriptionItems,
};
use crate::provider::payloads::{or_default, payloads};

payloads! { "stripe";
    /// The object of `invoice.*`.
    ///
    /// Typed, since access to what was sold follows it: `invoice.paid` and `invoice.payment_failed` come for every
    /// period of a subscription. [`Invoice::subscription_id`] finds the subscription in every version. Source:
    /// <https://docs.stripe.com/api/invoices/object>.
    Invoice from r#"{"id":"in_1","customer":"cus_1","status":"paid","currency":"usd","created":1764000000,
        "amount_due":2000,"amount_paid":2000,"amount_remaining":0,"total":2000,"livemode":false}"# {
        /// The invoice's id; none in `invoice.upcoming`, whose invoice does not exist yet.
        id: Option<String>,
        /// The number that the customer sees; none before it is finalized.
        number: Option<String>,
        /// `draft`, `open`, `paid`, `uncollectible` or `void`.
        status: Option<String>,
        /// The customer's id.
        customer: Option<String>,
        /// The customer's address for mail, as it was when the invoice was finalized.
        customer_email: Option<String>,
        /// The subscription's id, before version `2025-03-31.basil`; it is in `parent` now. Source:
        /// <https://docs.stripe.com/changelog/basil/2025-03-31/adds-new-parent-field-to-invoicing-objects>.
        subscription: Option<String>,
        /// What the invoice was made from, since version `2025-03-31.basil`.
        parent: Option<InvoiceParent>,
        /// The id of its payment, before version `2025-03-31.basil`; it can have several now. Source:
        /// <https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices>.
        payment_intent: Option<String>,
        /// Why it was made, such as `subscription_cycle` or `manual`.
        billing_reason: Option<String>,
        /// The currency, three lower-case letters.
        currency: String,
        /// What is asked for, in the currency's smallest unit.
        amount_due: i64,
        /// What was paid, in the currency's smallest unit.
        amount_paid: i64,
        /// What is still to be paid, in the currency's smallest unit.
        amount_remaining: i64,
        /// The sum after discounts and taxes, in the currency's smallest unit.
        total: i64,
        /// How often Stripe has tried to collect it.
        #[serde(default, deserialize_with = "or_default")]
        attempt_count: u64,
        /// When Stripe tries next, in Unix seconds; none when it will not.
        next_payment_attempt: Option<i64>,
        /// When it is due, in Unix seconds; none when Stripe collects it.
        due_date: Option<i64>,
        /// When it was made, in Unix seconds; before version `2019-03-14` it was called `date`. Source:
        /// <https://docs.stripe.com/changelog/2019-03-14/renames-date-field-invoices-created>.
        created: Option<i64>,
        /// Where the customer can see and pay it; none before it is finalized.
        hosted_invoice_url: Option<String>,
        /// What you attached to it.
        #[serde(default, deserialize_with = "or_default")]
        metadata: BTreeMap<String, String>,
        /// Whether it is live data, and no test.
        livemode: bool,
    }

    /// The object of `customer.subscription.*`.
    ///
    /// Typed, since it says what a customer may use, and until when. Source:
    /// <https://docs.stripe.com/api/subscriptions/object>.
    Subscription from r#"{"id":"sub_1","customer":"cus_1","status":"active","created":1764000000,"livemode":false}"# {
        /// The subscription's id.
        id: String,
        /// The customer's id.
        customer: String,
        /// Its state, such as `trialing`, `active`, `past_due`, `unpaid` or `canceled`.
        status: String,
        /// What is subscribed to.
        #[serde(default, deserialize_with = "or_default")]
        items: SubscriptionItems,
        /// The currency, three lower-case letters.
        currency: Option<String>,
        /// When the period began, in Unix seconds, before version `2025-03-31.basil`; each item has its own now. Source:
        /// <https://docs.stripe.com/changelog/basil/2025-03-31/deprecate-subscription-current-period-start-and-end>.
        current_period_start: Option<i64>,
        /// When the period ends, in Unix seconds, before version `2025-03-31.basil`; each item has its own now.
        current_period_end: Option<i64>,
        /// Whether it ends with its period.
        #[serde(default, deserialize_with = "or_default")]
        cancel_at_period_end: bool,
        /// When it will end, in Unix seconds.
        cancel_at: Option<i64>,
        /// When somebody canceled it, in Unix seconds. It can go on until its period ends.
        canceled_at: Option<i64>,
        /// When it ended, in Unix seconds.
        ended_at: Option<i64>,
        /// Why it was canceled.
        cancellation_details: Option<CancellationDetails>,
        /// When the trial ends, in Unix seconds.
        trial_end: Option<i64>,
        /// The id of its latest invoice.
        latest_invoice: Option<String>,
        /// The id of the payment method that pays for it; none when the customer's default one does.
        default_payment_method: Option<String>,
        /// When it was made, in Unix seconds.
        created: i64,
        /// What you attached to it.
        #[serde(default, deserialize_with = "or_default")]
        metadata: BTreeMap<String, String>,
        /// Whether it is live data, and no test.
        livemode: bool,
    }

    /// The object of `checkout.session.*`.
    ///
    /// Typed, since orders are fulfilled by it. After `checkout.session.completed` look at `payment_status`: slow
    /// payment methods are `unpaid` until `checkout.session.async_payment_succeeded` comes. Source:
    /// <https://docs.stripe.com/api/checkout/sessions/object>.
    CheckoutSession from r#"{"id":"cs_1","mode":"payment","payment_status":"paid","amount_total":2000,"currency":"usd",
        "client_reference_id":"order-7","livemode":false}"# {
        /// The session's id.
        id: String,
        /// `payment`, `setup` or `subscription`.
        mode: Option<String>,
        /// `open`, `complete` or `expired`.
        status: Option<String>,
        /// `paid`, `unpaid` or `no_payment_required`.
        payment_status: String,
        /// What you call the order or the cart.
        client_reference_id: Option<String>,
        /// The customer's id; guests have none.
        customer: Option<String>,
        /// The address for mail that the session was made with. What the customer typed is in `customer_details`.
        customer_email: Option<String>,
        /// Who the customer is.
        customer_details: Option<CustomerDetails>,
        /// The sum after discounts and taxes, in the currency's smallest unit.
        amount_total: Option<i64>,
        /// The currency, three lower-case letters.
        currency: Option<String>,
        /// The id of the payment, with `payment`. Since version `2022-08-01` an open session has none. Source:
        /// <https://docs.stripe.com/changelog/2022-08-01/deferred-paymentintent-checkout-session>.
        payment_intent: Option<String>,
        /// The id of the set-up, with `setup`.
        setup_intent: Option<String>,
        /// The subscription's id, with `subscription`.
        subscription: Option<String>,
        /// The id of the invoice that the session made.
        invoice: Option<String>,
        /// The id of the payment link that it came from.
        payment_link: Option<String>,
        /// What you attached to it.
        #[serde(default, deserialize_with = "or_default")]
        metadata: BTreeMap<String, String>,
        /// Whether it is live data, and no test.
        livemode: bool,
    }

    /// The object of `payment_intent.*`. Its `client_secret` is left out: it belongs in the customer's browser only.
    ///
    /// Typed, since it tells whether a payment succeeded, whatever the method. Source:
    /// <https://docs.stripe.com/api/payment_intents/object>.
    PaymentIntent from r#"{"id":"pi_1","status":"succeeded","amount":2000,"amount_received":2000,"currency":"usd",
        "created":1764000000,"livemode":false}"# {
        /// The payment's id.
        id: String,
        /// Its state, such as `requires_payment_method`, `processing` or `succeeded`.
        status: String,
        /// What is to be paid, in the currency's smallest unit.
        amount: i64,
        /// What was paid, in the currency's smallest unit.
        amount_received: Option<i64>,
        /// What can be captured, in the currency's smallest unit.
        amount_capturable: Option<i64>,
        /// The currency, three lower-case letters.
        currency: String,
        /// The customer's id.
        customer: Option<String>,
        /// The id of the payment method.
        payment_method: Option<String>,
        /// The id of its latest charge, since version `2022-11-15`; before, `charges` listed them. Source:
        /// <https://docs.stripe.com/changelog/2022-11-15/removes-charges-attribute-paymentintent>.
        latest_charge: Option<String>,
        /// The id of its invoice, before version `2025-03-31.basil`. Source:
        /// <https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices>.
        invoice: Option<String>,
        /// Why the latest attempt failed.
        last_payment_error: Option<PaymentError>,
        /// Why it was canceled, such as `abandoned`.
        cancellation_reason: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Where the receipt is sent to.
        receipt_email: Option<String>,
        /// When it was made, in Unix seconds.
        created: i64,
        /// What you attached to it.
        #[serde(default, deserialize_with = "or_default")]
        metadata: BTreeMap<String, String>,
        /// Whether it is live data, and no test.
        livemode: bool,
    }

    /// The object of `charge.captured`, `.expired`, `.failed`, `.pending`, `.refunded`, `.succeeded` and `.updated`.
    ///
    /// Typed, since refunds show in it. The other events of `charge.*` carry a [`Dispute`], or a refund. Source:
    /// <https://docs.stripe.com/api/charges/object>.
    Charge from r#"{"id":"ch_1","status":"succeeded","amount":2000,"amount_refunded":500,"currency":"usd","paid":true,
        "captured":true,"refunded":false,"created":1764000000,"livemode":false}"# {
        /// The charge's id.
        id: String,
        /// `succeeded`, `pending` or `failed`.
        status: String,
        /// What was charged, in the currency's smallest unit.
        amount: i64,
        /// What was captured of it.
        amount_captured: Option<i64>,
        /// What was refunded of it, in all.
        amount_refunded: i64,
        /// The currency, three lower-case letters.
        currency: String,
        /// Whether it succeeded, or was authorized for a later capture.
        paid: bool,
        /// Whether it was captured.
        captured: bool,
        /// Whether all of it was refunded.
        refunded: bool,
        /// Whether it is disputed.
        disputed: Option<bool>,
        /// The customer's id.
        customer: Option<String>,
        /// The id of its payment.
        payment_intent: Option<String>,
        /// The id of its invoice, before version `2025-03-31.basil`. Source:
        /// <https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices>.
        invoice: Option<String>,
        /// Why it failed, for programs.
        failure_code: Option<String>,
        /// Why it failed, for people.
        failure_message: Option<String>,
        /// How Stripe and the bank judged it.
        outcome: Option<ChargeOutcome>,
        /// Who paid, as was typed.
        billing_details: Option<BillingDetails>,
        /// Where the receipt is.
        receipt_url: Option<String>,
        /// When it was made, in Unix seconds.
        created: i64,
        /// What you attached to it.
        #[serde(default, deserialize_with = "or_default")]
        metadata: BTreeMap<String, String>,
        /// Whether it is live data, and no test.
        livemode: bool,
    }

    /// The object of `charge.dispute.*`.
    ///
    /// Typed, since an answer has a deadline. Source: <https://docs.stripe.com/api/disputes/object>.
    Dispute from r#"{"id":"dp_1","status":"needs_response","reason":"fraudulent","amount":2000,"currency":"usd",
        "charge":"ch_1","created":1764000000,"livemode":false}"# {
        /// The dispute's id.
        id: String,
        /// Its state, such as `needs_response`, `under_review`, `won` or `lost`.
        status: String,
        /// What the customer says is wrong, such as `fraudulent`.
        reason: String,
        /// What is disputed, in the currency's smallest unit.
        amount: i64,
        /// The currency, three lower-case letters.
        currency: String,
        /// The charge's id.
        charge: String,
        /// The id of the charge's payment.
        payment_intent: Option<String>,
        /// What was handed in, and the deadline.
        evidence_details: Option<EvidenceDetails>,
        /// Whether the charge can still be refunded.
        is_charge_refundable: Option<bool>,
        /// When it was made, in Unix seconds.
        created: i64,
        /// What you attached to it.
        #[serde(default, deserialize_with = "or_default")]
        metadata: BTreeMap<String, String>,
        /// Whether it is live data, and no test.
        livemode: bool,
    }

    /// The object of `customer.created`, `.updated` and `.deleted`.
    ///
    /// Typed, since it ties your users to Stripe's. Longer names, such as `customer.subscription.created`, carry other
    /// objects. Source: <https://docs.stripe.com/api/customers/object>.
    Customer from r#"{"id":"cus_1","email":"ada@example.com","created":1764000000,"livemode":false}"# {
        /// The customer's id.
        id: String,
        /// The address for mail.
        email: Option<String>,
        /// The name.
        name: Option<String>,
        /// The phone number.
        phone: Option<String>,
        /// What you wrote about the customer.
        description: Option<String>,
        /// What is set off against the next invoice, in the currency's smallest unit: below zero it is credit, above it
        /// is debt. Before version `2019-10-17` it was called `account_balance`. Source:
        /// <https://docs.stripe.com/changelog/2019-10-17/renames-account-balance-customer-object>.
        balance: Option<i64>,
        /// The currency of invoices, three lower-case letters.
        currency: Option<String>,
        /// Whether the latest invoice is overdue.
        delinquent: Option<bool>,
        /// What pays for invoices.
        invoice_settings: Option<InvoiceSettings>,
        /// When it was made, in Unix seconds.
        created: i64,
        /// What you attached to it.
        #[serde(default, deserialize_with = "or_default")]
        metadata: BTreeMap<String, String>,
        /// Whether it is live data, and no test.
        livemode: bool,
    }
}

impl Invoice {
    /// The id of the subscription that the invoice is for, wherever the API version puts it.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::stripe::Invoice;
    ///
    /// fn subscription(invoice: &Invoice) -> &str {
    ///     invoice.subscription_id().unwrap_or("none: a single invoice")
    /// }
    /// ```
    pub fn subscription_id(&self) -> Option<&str> {
        let details = self.parent.as_ref().and_then(|parent| parent.subscription_details.as_ref());
        details.and_then(|details| details.subscription.as_deref()).or(self.subscription.as_deref())
    }
}
