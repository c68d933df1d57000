const LIST: () = {
    const __LIST: &[switchhook::__private::Listed] = &[
        switchhook::__private::Listed {
            path: 0usize,
            handlers: <payroll::HANDLERS as switchhook::__private::Handlers>::HANDLERS,
        },
        #[cfg(feature = "jobs")]
        switchhook::__private::Listed {
            path: 1usize,
            handlers: <job_added as switchhook::__private::Handlers>::HANDLERS,
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
        #[cfg(feature = "jobs")] __require_unique(&__VERDICTS, 1usize);
    };
    switchhook::__private::HandlerList::new(
        __TABLE.table(),
        &[
            <payroll::HANDLERS as switchhook::__private::Routed<_, _>>::ROUTES,
            #[cfg(feature = "jobs")]
            <job_added as switchhook::__private::Routed<_, _>>::ROUTES,
        ],
    )
};
