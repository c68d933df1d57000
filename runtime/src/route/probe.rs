//! Asks an argument's type, in const evaluation, whether a catalog declares it.
//!
//! An inherent associated constant wins over a trait's of the same name when its bound holds, so `DECLARED` is
//! `Some` exactly for the `Data<T>` whose `T` is a [`Payload`].

use std::marker::PhantomData;

use super::catalog::{Declared, Payload};
use crate::{Data, Rejection};

/// Stands for an argument of this type.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

/// The answer for every other type.
pub trait Undeclared {
    /// No catalog declares it.
    const DECLARED: Option<&'static Declared> = None;
}

impl<T> Undeclared for Probe<T> {}

impl<T: Payload> Probe<Data<T>> {
    /// What the catalog declares.
    pub const DECLARED: Option<&'static Declared> = Some(&Declared::by::<T>());
}

impl<T: Payload> Probe<Option<Data<T>>> {
    /// What the catalog declares.
    pub const DECLARED: Option<&'static Declared> = Some(&Declared::by::<T>());
}

impl<T: Payload> Probe<Result<Data<T>, Rejection>> {
    /// What the catalog declares.
    pub const DECLARED: Option<&'static Declared> = Some(&Declared::by::<T>());
}
