::core::compile_error! {
    "event name segments cannot be empty"
}
::core::compile_error! {
    "webhook handlers have no option `retries`; there are `provider`, `timeout`, `attempts`, `ordered_by` and `crate`"
}
::core::compile_error! {
    "webhook handlers cannot be `const`\n\nhelp: webhook handlers have this form: `async fn name(Data(ids): Data<IdentityIds>, …) -> Result<(), HandlerError>`"
}
::core::compile_error! {
    "webhook handlers cannot be `unsafe`; put the unsafe part into a block"
}
::core::compile_error! {
    "webhook handlers must be `async fn`"
}
::core::compile_error! {
    "webhook handlers cannot be generic; name concrete types"
}
::core::compile_error! {
    "webhook handler arguments must be owned: extractors give values, they lend nothing"
}
::core::compile_error! {
    "webhook handler arguments must have concrete types, not `impl Trait`"
}
#[cfg(unix)]
pub const unsafe fn updated<T>(event: &str, other: impl Send) {}
#[cfg(unix)]
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    dead_code,
    unreachable_pub,
    unnameable_types
)]
pub struct updated {}
#[cfg(unix)]
impl ::switchhook::__private::Handlers for updated {
    const HANDLERS: ::switchhook::__private::Infos = ::switchhook::__private::Infos::List(
        &[],
    );
}
#[cfg(unix)]
impl<__P: 'static, __S: 'static> ::switchhook::__private::Routed<__P, __S> for updated {
    const ROUTES: ::switchhook::__private::Routes<__P, __S> = ::switchhook::__private::Routes::List(
        &[],
    );
}
