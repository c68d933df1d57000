/// What Acme sends.
pub const ACME: &switchhook::__private::Catalog = {
    const __NAMES: &[&str] = &[
        "invoice.paid",
        "invoice.due",
        "refund.made",
        "invoice.sent",
        "ping",
    ];
    const __SLOTS: &[switchhook::__private::Slot] = &switchhook::__private::index_names::<
        { switchhook::__private::capacity(__NAMES.len()) },
    >(__NAMES);
    const __PAYLOADS: &[::core::option::Option<&str>] = &[
        ::core::option::Option::Some("Invoice"),
        ::core::option::Option::Some("Invoice"),
        ::core::option::Option::Some("Refund"),
        ::core::option::Option::Some("Invoice"),
        ::core::option::Option::None,
    ];
    &switchhook::__private::Catalog::closed(
        "Acme",
        "ACME",
        __NAMES,
        __PAYLOADS,
        __SLOTS,
        &["ping"],
    )
};
impl switchhook::__private::Payload for Invoice {
    const CATALOG: &'static switchhook::__private::Catalog = ACME;
    const NAME: &'static str = "Invoice";
    const EVENTS: &'static [&'static str] = &[
        "invoice.paid",
        "invoice.due",
        "invoice.sent",
    ];
}
impl switchhook::__private::Payload for Refund {
    const CATALOG: &'static switchhook::__private::Catalog = ACME;
    const NAME: &'static str = "Refund";
    const EVENTS: &'static [&'static str] = &["refund.made"];
}
