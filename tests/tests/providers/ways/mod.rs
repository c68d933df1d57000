//! The ways to be wrong, and those that look wrong and are right. Each says what is answered.

mod bodies;
mod headers;
mod lists;
mod sets;
mod signatures;
mod times;

use crate::{letter::Sent, schemes::Scheme};

/// One way: what is answered, and the requests of a scheme that are so; none where it does not concern the scheme.
pub(crate) struct Way {
    pub(crate) name: String,
    pub(crate) status: u16,
    pub(crate) requests: Box<dyn Fn(&'static Scheme) -> Vec<Sent>>,
}

type Row = (&'static str, u16, fn(&'static Scheme) -> Vec<Sent>);

pub(crate) fn all() -> Vec<Way> {
    let rows = [headers::ROWS, signatures::ROWS, lists::ROWS, sets::ROWS, bodies::ROWS].concat();
    let rows = rows.into_iter().map(|(name, status, requests): Row| Way {
        name: name.to_owned(),
        status,
        requests: Box::new(requests),
    });
    rows.chain(times::ways()).collect()
}
