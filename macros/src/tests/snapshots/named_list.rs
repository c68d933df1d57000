/// What payroll wants.
#[allow(non_camel_case_types, missing_debug_implementations, dead_code)]
pub struct HANDLERS {}
const _: () = {
    const __LIST: &[switchhook::__private::Listed] = &[
        switchhook::__private::Listed {
            path: 0usize,
            handlers: <added as switchhook::__private::Handlers>::HANDLERS,
        },
        #[cfg(unix)]
        #[cfg(feature = "jobs")]
        switchhook::__private::Listed {
            path: 1usize,
            handlers: <updated as switchhook::__private::Handlers>::HANDLERS,
        },
    ];
    const __SIZES: (usize, usize) = switchhook::__private::sizes(__LIST);
    static __TABLE: switchhook::__private::BuiltTable<
        { __SIZES.0 },
        { switchhook::__private::capacity(__SIZES.1) },
        2usize,
    > = switchhook::__private::BuiltTable::new(__LIST);
    static __VERDICTS: switchhook::__private::Verdicts = __TABLE.verdicts();
    const _: () = {
        use switchhook::__private::require_unique as __require_unique;
        __require_unique(&__VERDICTS, 0usize);
    };
    const _: () = {
        use switchhook::__private::require_unique as __require_unique;
        #[cfg(unix)] #[cfg(feature = "jobs")] __require_unique(&__VERDICTS, 1usize);
    };
    #[cfg(unix)]
    #[cfg(feature = "jobs")]
    type __Entry1 = updated;
    #[cfg(not(all(unix, feature = "jobs")))]
    type __Entry1 = switchhook::__private::Absent;
    impl switchhook::__private::Handlers for HANDLERS {
        const HANDLERS: switchhook::__private::Infos = __TABLE.infos();
    }
    impl<__P: 'static, __S: 'static> switchhook::__private::Routed<__P, __S> for HANDLERS
    where
        added: switchhook::__private::Routed<__P, __S>,
        __Entry1: switchhook::__private::Routed<__P, __S>,
    {
        const ROUTES: switchhook::__private::Routes<__P, __S> = switchhook::__private::Routes::List(
            &[
                <added as switchhook::__private::Routed<__P, __S>>::ROUTES,
                #[cfg(unix)]
                #[cfg(feature = "jobs")]
                <updated as switchhook::__private::Routed<__P, __S>>::ROUTES,
            ],
        );
    }
};
