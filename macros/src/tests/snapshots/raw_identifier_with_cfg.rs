#[cfg(feature = "jobs")]
#[inline]
async fn r#type(event: EventName) {}
#[cfg(feature = "jobs")]
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    dead_code,
    unreachable_pub,
    unnameable_types
)]
struct r#type {}
#[cfg(feature = "jobs")]
const _: () = {
    use ::switchhook::__private::scope::*;
    impl __sw::Handlers for r#type {
        const HANDLERS: __sw::Infos = __sw::info(
            "type",
            ::core::module_path!(),
            "jobs.added",
            3978523134u32,
        );
    }
    impl<__P: __sw::Provider, __S: __sw::AnyState> __sw::Routed<__P, __S> for r#type
    where
        EventName: __sw::FromDelivery<__S>,
    {
        const ROUTES: __sw::Routes<__P, __S> = {
            __sw::require::<__P>("jobs.added", 3978523134u32);
            __sw::Routes::One(
                &__sw::adapter1::<_, _, ()>(&(r#type as fn(_) -> _)),
                __sw::PhantomData,
            )
        };
    }
    __sw::require_payload(
        __sw::require_event(
            <__sw::Probe<EventName>>::DECLARED,
            "jobs.added",
            3978523134u32,
        ),
    );
};
