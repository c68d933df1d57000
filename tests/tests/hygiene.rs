//! The macros' output among names and shapes that could disturb it. Each handler must still be the one that runs.

mod hygiene {
    mod app;
    mod extractors;
    mod lists;
    mod macro_rules;
    mod names;
    mod no_prelude;
    mod options;
    mod renamed;
    mod shadowed;
}
