async fn opened(_: Data<IssuesEvent>) {}
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    dead_code,
    unreachable_pub,
    unnameable_types
)]
struct opened {}
const _: () = {
    use ::switchhook::__private::scope::*;
    impl __sw::Handlers for opened {
        const HANDLERS: __sw::Infos = __sw::info(
                "opened",
                ::core::module_path!(),
                "issues.opened",
                3923737377u32,
            )
            .and(
                &[
                    __sw::Hashed {
                        text: "issues.invented",
                        hash: 3888049240u32,
                    },
                ],
            )
            .unlisted(&["issues.invented"]);
    }
    impl<__P: __sw::Provider, __S: __sw::AnyState> __sw::Routed<__P, __S> for opened
    where
        Data<IssuesEvent>: __sw::FromDelivery<__S>,
    {
        const ROUTES: __sw::Routes<__P, __S> = {
            __sw::require::<__P>("issues.opened", 3923737377u32);
            __sw::Routes::One(
                &__sw::adapter1::<_, _, ()>(&(opened as fn(_) -> _)),
                __sw::PhantomData,
            )
        };
    }
    __sw::require_payload(
        __sw::require_event(
            <__sw::Probe<Data<IssuesEvent>>>::DECLARED,
            "issues.opened",
            3923737377u32,
        ),
    );
};
