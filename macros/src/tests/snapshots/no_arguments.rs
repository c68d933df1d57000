async fn record() {}
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    dead_code,
    unreachable_pub,
    unnameable_types
)]
struct record {}
const _: () = {
    use ::switchhook::__private::scope::*;
    impl __sw::Handlers for record {
        const HANDLERS: __sw::Infos = __sw::info(
            "record",
            ::core::module_path!(),
            "*",
            3386406090u32,
        );
    }
    impl<__P: __sw::Provider, __S: __sw::AnyState> __sw::Routed<__P, __S> for record {
        const ROUTES: __sw::Routes<__P, __S> = {
            __sw::require::<__P>("*", 3386406090u32);
            __sw::Routes::One(
                &__sw::adapter0::<_, ()>(&(record as fn() -> _)),
                __sw::PhantomData,
            )
        };
    }
};
