//! What each mistake reads like: one fault a file, beside it what rustc prints.
//!
//! After a change of a message, `TRYBUILD=overwrite cargo test -p switchhook-tests --test ui` writes the new
//! texts; read each as its user would. There must be one error per mistake, under the words to change.

/// Mistakes that the editor shows.
#[rustversion::attr(not(stable(1.95)), ignore = "stderr belongs to 1.95")]
#[test]
fn check() {
    trybuild::TestCases::new().compile_fail("tests/ui/check/*.rs");
}

/// Mistakes in what an endpoint mounts: only there is it known which events there are.
///
/// A case that passes makes trybuild build the others too; otherwise it would check them.
#[rustversion::attr(not(stable(1.95)), ignore = "stderr belongs to 1.95")]
#[test]
fn build() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/build/*.rs");
    cases.pass("tests/ui/build/pass/*.rs");
}
