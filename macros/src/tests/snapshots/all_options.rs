/// Keeps people fresh.
pub async fn changed(Envelope(body): Envelope<Body>) -> impl IntoOutcome {
    body.keep()
}
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    dead_code,
    unreachable_pub,
    unnameable_types
)]
pub struct changed {}
const _: () = {
    #[allow(unused_imports)]
    use ::hooks::__private::{self as __sw, Undeclared as _};
    impl __sw::Handlers for changed {
        const HANDLERS: __sw::Infos = __sw::info(
                "changed",
                ::core::module_path!(),
                "identities.*",
            )
            .and(&["accounts.added", "accounts.updated"])
            .timeout(30000u64)
            .attempts(5u32)
            .ordered_by("account");
    }
    impl<__P: __sw::Provider, __S: __sw::AnyState> __sw::Routed<__P, __S> for changed
    where
        Envelope<Body>: __sw::FromDelivery<__S>,
    {
        fn routes(__routes: &mut __sw::Routes<__P, __S>) {
            const { __P::CATALOG.require("identities.*") };
            const { __P::CATALOG.require("accounts.added") };
            const { __P::CATALOG.require("accounts.updated") };
            __sw::route1::<_, _, _, _, _, _>(__routes, changed)
        }
    }
    __sw::require_payload(
        __sw::require_event(<__sw::Probe<Envelope<Body>>>::DECLARED, "identities.*"),
    );
    __sw::require_payload(
        __sw::require_event(<__sw::Probe<Envelope<Body>>>::DECLARED, "accounts.added"),
    );
    __sw::require_payload(
        __sw::require_event(<__sw::Probe<Envelope<Body>>>::DECLARED, "accounts.updated"),
    );
};
