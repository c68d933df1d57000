async fn updated(ids: Option<Data<IdentityIds>>) {}
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    dead_code,
    unreachable_pub,
    unnameable_types
)]
struct updated {}
const _: () = {
    use ::switchhook::__private::scope::*;
    impl __sw::Handlers for updated {
        const HANDLERS: __sw::Infos = __sw::info(
            "updated",
            ::core::module_path!(),
            "identities.updated",
            2008708819u32,
        );
    }
    impl<__P: __sw::Provider, __S: __sw::AnyState> __sw::Routed<__P, __S> for updated
    where
        __P: __sw::Is<argyle::Argyle>,
        Option<Data<IdentityIds>>: __sw::FromDelivery<__S>,
    {
        const ROUTES: __sw::Routes<__P, __S> = __sw::Routes::One(
            &__sw::adapter1::<_, _, ()>(&(updated as fn(_) -> _)),
            __sw::PhantomData,
        );
    }
    __sw::require::<argyle::Argyle>("identities.updated", 2008708819u32);
    __sw::require_payload(
        __sw::require_event(
            <__sw::Probe<Option<Data<IdentityIds>>>>::DECLARED,
            "identities.updated",
            2008708819u32,
        ),
    );
};
