pub(crate) async fn updated(
    Data(ids): Data<IdentityIds>,
    State(people): State<People>,
) -> Result<(), HandlerError> {
    people.refresh(&ids.identity).await?;
    Ok(())
}
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    dead_code,
    unreachable_pub,
    unnameable_types
)]
pub(crate) struct updated {}
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
        Data<IdentityIds>: __sw::FromDelivery<__S>,
        State<People>: __sw::FromDelivery<__S>,
    {
        const ROUTES: __sw::Routes<__P, __S> = {
            __sw::require::<__P>("identities.updated", 2008708819u32);
            __sw::Routes::One(
                &__sw::adapter2::<
                    _,
                    _,
                    _,
                    Result<(), HandlerError>,
                >(&(updated as fn(_, _) -> _)),
                __sw::PhantomData,
            )
        };
    }
    __sw::require_payload(
        __sw::require_event(
            <__sw::Probe<Data<IdentityIds>>>::DECLARED,
            "identities.updated",
            2008708819u32,
        ),
    );
};
