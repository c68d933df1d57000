//! The application's state, as in axum.

use axum::extract::{FromRef, State};

use super::{FromDelivery, Rejection};
use crate::Delivery;

/// A state that can give a `T`: `T` itself, or a `T` that implements [`FromRef`] for it.
///
/// Never implement it; implement [`FromRef`]. It stands between the two because its `Self` is the state: rustc
/// then waits until the state is known, instead of guessing it from the only `FromRef` there is.
///
/// # Examples
///
/// ```
/// use switchhook::{FromRef, Provides};
///
/// #[derive(Clone)]
/// struct Db;
/// #[derive(Clone)]
/// struct App {
///     db: Db,
/// }
///
/// impl FromRef<App> for Db {
///     fn from_ref(app: &App) -> Self {
///         app.db.clone()
///     }
/// }
///
/// fn takes_db(state: &impl Provides<Db>) {
///     let _db = state.provide();
/// }
///
/// takes_db(&App { db: Db });
/// ```
#[diagnostic::on_unimplemented(
    message = "the application state `{Self}` provides no `{T}`",
    label = "a handler here takes `State<{T}>`",
    note = "give `{T}` itself to `.state(…)`, or implement `FromRef<{Self}>` for `{T}`"
)]
pub trait Provides<T> {
    /// Gives the `T`.
    fn provide(&self) -> T;
}

// The reader wants to hear of the state, not of `FromRef`.
#[diagnostic::do_not_recommend]
impl<S, T: FromRef<S>> Provides<T> for S {
    fn provide(&self) -> T {
        T::from_ref(self)
    }
}

impl<S: Provides<T> + Sync, T: Send> FromDelivery<S> for State<T> {
    async fn from_delivery(_: &Delivery, state: &S) -> Result<Self, Rejection> {
        Ok(Self(state.provide()))
    }
}
