pub const ACME: &switchhook::__private::Catalog = {
    use switchhook::__private as __sw;
    const __TEXT: &str = include_str!("events.txt");
    const __NAMES: &[&str] = &__sw::names::<{ __sw::count_names(__TEXT) }>(__TEXT);
    const __SLOTS: &[__sw::Slot] = &__sw::index_names::<
        { __sw::capacity(__NAMES.len()) },
    >(__NAMES);
    const __PAYLOADS: &[::core::option::Option<&str>] = &__sw::payloads::<
        { __NAMES.len() },
    >(__NAMES, __SLOTS, &[("invoice.*", "Invoice")]);
    &switchhook::__private::Catalog::closed(
        "Acme",
        "ACME",
        __NAMES,
        __PAYLOADS,
        __SLOTS,
        &["ping"],
    )
};
const _: () = {
    use switchhook::__private as __sw;
    __sw::require_names(ACME.events())
};
const _: () = ACME.require("invoice.*", 44043827u32);
const _: () = ACME.require("ping", 1109983713u32);
impl switchhook::__private::Payload for Invoice {
    const CATALOG: &'static switchhook::__private::Catalog = ACME;
    const NAME: &'static str = "Invoice";
    const EVENTS: &'static [&'static str] = {
        const __PATTERNS: &[&str] = &["invoice.*"];
        &switchhook::__private::matching::<
            { switchhook::__private::count_matching(ACME.events(), __PATTERNS) },
        >(ACME.events(), __PATTERNS)
    };
}
