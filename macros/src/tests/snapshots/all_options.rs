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
    use ::hooks::__private::scope::*;
    impl __sw::Handlers for changed {
        const HANDLERS: __sw::Infos = __sw::info(
                "changed",
                ::core::module_path!(),
                "identities.*",
                3427915743u32,
            )
            .and(
                &[
                    __sw::Hashed {
                        text: "accounts.added",
                        hash: 538168793u32,
                    },
                    __sw::Hashed {
                        text: "accounts.updated",
                        hash: 3551898130u32,
                    },
                ],
            )
            .timeout(30000u64)
            .attempts(5u32)
            .ordered_by("account");
    }
    impl<__P: __sw::Provider, __S: __sw::AnyState> __sw::Routed<__P, __S> for changed
    where
        Envelope<Body>: __sw::FromDelivery<__S>,
    {
        const ROUTES: __sw::Routes<__P, __S> = {
            fn __checks<__P: __sw::Provider>() {
                const { __sw::require::<__P>("identities.*", 3427915743u32) };
                const { __sw::require::<__P>("accounts.added", 538168793u32) };
                const { __sw::require::<__P>("accounts.updated", 3551898130u32) };
            }
            __sw::Routes::List(
                &[
                    __sw::Routes::Checks(__checks::<__P>),
                    __sw::Routes::One(
                        &__sw::adapter1::<_, _, _>(&(changed as fn(_) -> _)),
                        __sw::PhantomData,
                    ),
                ],
            )
        };
    }
    __sw::require_payload(
        __sw::require_event(
            <__sw::Probe<Envelope<Body>>>::DECLARED,
            "identities.*",
            3427915743u32,
        ),
    );
    __sw::require_payload(
        __sw::require_event(
            <__sw::Probe<Envelope<Body>>>::DECLARED,
            "accounts.added",
            538168793u32,
        ),
    );
    __sw::require_payload(
        __sw::require_event(
            <__sw::Probe<Envelope<Body>>>::DECLARED,
            "accounts.updated",
            3551898130u32,
        ),
    );
};
