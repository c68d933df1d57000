//! What an annotated function becomes: its facts, and the adapter that runs it.

use std::{
    fmt, future::Future, iter, marker::PhantomData, panic::Location, pin::Pin, sync::Arc, time::Duration,
};

use crate::{
    Delivery, FromDelivery, IntoOutcome, Outcome, Rejection,
    extract::Need,
    provider::Provider,
    route::{
        index::Hashed,
        message::Message,
        pattern::{Pattern, PatternKind, same_bytes},
        table::Table,
    },
};

/// A future whose type is forgotten.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The facts of one annotated function, all known at compile time.
#[derive(Debug, Clone, Copy)]
pub struct HandlerInfo {
    pub(crate) name: &'static str,
    module: &'static str,
    place: &'static Location<'static>,
    // Nearly every handler has one: a slice of one would cost rustc a constant of its own.
    pub(crate) pattern: Hashed,
    pub(crate) further_patterns: &'static [Hashed],
    unlisted: &'static [&'static str],
    pub(crate) options: Options,
}

/// The options of the attribute; `None` where the attribute says nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// How long one run may take.
    pub(crate) timeout: Option<Duration>,
    /// How many runs a delivery gets.
    pub(crate) attempts: Option<u32>,
    /// The field of `data` whose value makes the lane.
    pub(crate) ordered_by: Option<&'static str>,
}

impl HandlerInfo {
    /// Fills places of a table that is being built, and what the attribute says nothing of.
    pub(crate) const NOBODY: Self = Self {
        name: "",
        module: "",
        place: Location::caller(),
        pattern: Hashed { text: "", hash: 0 },
        further_patterns: &[],
        unlisted: &[],
        options: Options { timeout: None, attempts: None, ordered_by: None },
    };

    pub(crate) fn patterns(&self) -> impl Iterator<Item = Pattern<'static>> {
        let further = self.further_patterns.iter();
        iter::once(&self.pattern).chain(further).map(|pattern| Pattern::checked(pattern.text))
    }

    /// Tells whether one of its patterns is of this kind and has this key.
    pub(crate) const fn asks(&self, kind: PatternKind, key: &[u8]) -> bool {
        let (mut asked, mut further) = (&self.pattern, self.further_patterns);
        loop {
            let pattern = Pattern::checked(asked.text);
            if pattern.kind() as u8 == kind as u8 && same_bytes(pattern.key(), key) {
                return true;
            }
            let [next, rest @ ..] = further else { return false };
            (asked, further) = (next, rest);
        }
    }

    /// Tells whether catalogs must list what the pattern asks for.
    pub(crate) fn is_listed(&self, pattern: Pattern<'_>) -> bool {
        !self.unlisted.contains(&pattern.as_str())
    }

    pub(crate) const fn push_path(&self, message: Message) -> Message {
        message.push(self.module).push("::").push(self.name)
    }
}

/// Prints `` `identity_updated` (src/handlers.rs:12) ``.
impl fmt::Display for HandlerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}:{})", self.name, self.place.file(), self.place.line())
    }
}

/// The facts of one function, or of each in a list.
///
/// A slice of one would do for the first; but rustc would make of it a constant of its own for every handler.
#[derive(Debug, Clone, Copy)]
pub enum Infos {
    /// Those of a function.
    One([HandlerInfo; 1]),
    /// Those of a list.
    List(&'static [HandlerInfo]),
}

/// The facts of one function, at the place of its attribute; further patterns and the options follow.
#[track_caller]
pub const fn info(name: &'static str, module: &'static str, text: &'static str, hash: u32) -> Infos {
    Infos::One([HandlerInfo {
        name,
        module,
        place: Location::caller(),
        pattern: Hashed { text, hash },
        ..HandlerInfo::NOBODY
    }])
}

impl Infos {
    pub(crate) const fn as_slice(&self) -> &[HandlerInfo] {
        match self {
            Self::One(info) => info,
            Self::List(infos) => infos,
        }
    }

    /// The patterns behind the first.
    #[must_use]
    pub const fn and(mut self, patterns: &'static [Hashed]) -> Self {
        if let Self::One([info]) = &mut self {
            info.further_patterns = patterns;
        }
        self
    }

    /// `unlisted("…")`, each of them.
    #[must_use]
    pub const fn unlisted(mut self, patterns: &'static [&'static str]) -> Self {
        if let Self::One([info]) = &mut self {
            info.unlisted = patterns;
        }
        self
    }

    /// `timeout = "…"`, in milliseconds.
    #[must_use]
    pub const fn timeout(mut self, milliseconds: u64) -> Self {
        if let Self::One([info]) = &mut self {
            info.options.timeout = Some(Duration::from_millis(milliseconds));
        }
        self
    }

    /// `attempts = …`.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        if let Self::One([info]) = &mut self {
            info.options.attempts = Some(attempts);
        }
        self
    }

    /// `ordered_by = "…"`.
    #[must_use]
    pub const fn ordered_by(mut self, field: &'static str) -> Self {
        if let Self::One([info]) = &mut self {
            info.options.ordered_by = Some(field);
        }
        self
    }
}

/// What stands in a `handlers![]`: the companion of an annotated function, or a list of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a webhook handler",
    label = "not a webhook handler",
    note = "annotate the function with `#[webhook_handler(\"…\")]`, or name a list made by `handlers!`"
)]
pub trait Handlers {
    /// The facts of each function, in the order of [`Routed::ROUTES`].
    const HANDLERS: Infos;
}

/// Handlers that fit an endpoint of the provider `P` in an application with the state `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a webhook handler",
    label = "not a webhook handler",
    note = "annotate the function with `#[webhook_handler(\"…\")]`, or name a list made by `handlers!`"
)]
pub trait Routed<P: 'static, S: 'static>: Handlers {
    /// The route of each function.
    const ROUTES: Routes<P, S>;
}

/// Stands in a named list for an entry that a `cfg` left out.
#[derive(Debug)]
pub struct Absent(());

impl Handlers for Absent {
    const HANDLERS: Infos = Infos::List(&[]);
}

impl<P: 'static, S: 'static> Routed<P, S> for Absent {
    const ROUTES: Routes<P, S> = Routes::List(&[]);
}

/// Holds for the provider that a handler names with `provider = …`.
///
/// The bound's `Self` is the endpoint's provider, so that rustc waits until it is known and then says the sentence.
#[diagnostic::on_unimplemented(
    message = "a handler of `{P}` is mounted on an endpoint of `{Self}`",
    label = "its `provider` is `{P}`",
    note = "move the handler to the list of an endpoint of `{P}`, or change its `provider = …`"
)]
pub trait Is<P> {}

impl<P: Provider> Is<P> for P {}

/// Fails const evaluation, in words, unless the provider that a handler names sends the event.
#[track_caller]
pub const fn require<P: Provider>(pattern: &str, hash: u32) {
    P::CATALOG.require(pattern, hash);
}

/// What can be an application's state.
pub trait AnyState: Send + Sync + 'static {}

impl<S: Send + Sync + 'static> AnyState for S {}

/// The route of one function, or of each in a list.
pub enum Routes<P: 'static, S: 'static> {
    /// That of a function.
    One(&'static dyn Call<S>, PhantomData<fn() -> P>),
    /// Those of a list, in its order.
    List(&'static [Self]),
    /// None. The function is not called: it has constants, and rustc reports each of them that is at fault.
    Checks(fn()),
}

impl<P, S> Routes<P, S> {
    /// Adds the function of each route.
    fn add_to(&self, calls: &mut Vec<&'static dyn Call<S>>) {
        match self {
            Self::One(call, _) => calls.push(*call),
            Self::List(list) => {
                for entry in *list {
                    entry.add_to(calls);
                }
            }
            Self::Checks(_) => {}
        }
    }
}

impl<P, S> fmt::Debug for Routes<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").finish_non_exhaustive()
    }
}

/// A function behind its extractors.
pub trait Call<S>: Send + Sync {
    /// Extracts the arguments and runs the function.
    fn call(&'static self, delivery: Delivery, state: Arc<S>) -> BoxFuture<Outcome>;

    /// What each argument's extractor needs.
    fn needs(&self) -> &'static [&'static [Need]];
}

/// A function whose future is boxed. Of `dyn Fn`, rustc would build three entries for each handler and not one.
///
/// Function pointers have it, and not whatever is `Fn`: what is built for them is no part of the user's module, which
/// rustc builds as one piece, and a function item would be one function more.
pub trait Function<Args, R>: Send + Sync {
    /// Calls it.
    fn call(&self, arguments: Args) -> BoxFuture<R>;
}

/// Runs functions of these arguments and this return type.
///
/// It knows nothing else of the function, so that rustc makes one of it for all handlers that look alike; one for
/// each handler, with its future inside, would double the time it takes to build them.
pub struct Adapter<Args: 'static, R: 'static> {
    function: &'static dyn Function<Args, R>,
    // A bound of `Call` instead would be a second error for a return type that is none.
    into_outcome: fn(R) -> Outcome,
}

impl<Args, R> fmt::Debug for Adapter<Args, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter").finish_non_exhaustive()
    }
}

macro_rules! adapters {
    ($($adapter:ident($($arg:ident $value:ident)*);)*) => { $(
        impl<R, Fut, $($arg,)*> Function<($($arg,)*), R> for fn($($arg),*) -> Fut
        where
            Fut: Future<Output = R> + Send + 'static,
        {
            fn call(&self, ($($value,)*): ($($arg,)*)) -> BoxFuture<R> {
                // `Box::pin` would be one more function for each handler.
                let future: Box<dyn Future<Output = R> + Send> = Box::new(self($($value),*));
                Box::into_pin(future)
            }
        }

        impl<S, R, $($arg,)*> Call<S> for Adapter<($($arg,)*), R>
        where
            S: AnyState,
            R: 'static,
            $($arg: FromDelivery<S> + 'static,)*
        {
            #[allow(unused_variables, reason = "a function without arguments extracts nothing")]
            fn call(&'static self, delivery: Delivery, state: Arc<S>) -> BoxFuture<Outcome> {
                Box::pin(async move {
                    let arguments = ($(match $arg::from_delivery(&delivery, &state).await {
                        Ok(value) => value,
                        Err(rejection) => return rejection.into_outcome(),
                    },)*);
                    let returned = self.function.call(arguments).await;
                    Rejection::judge((self.into_outcome)(returned))
                })
            }

            fn needs(&self) -> &'static [&'static [Need]] {
                &[$($arg::NEEDS),*]
            }
        }

        /// The adapter of a function.
        pub const fn $adapter<$($arg,)* Fut, R>(
            function: &'static fn($($arg),*) -> Fut,
        ) -> Adapter<($($arg,)*), R>
        where
            Fut: Future<Output = R> + Send + 'static,
            R: IntoOutcome + 'static,
        {
            Adapter { function, into_outcome: R::into_outcome }
        }
    )* };
}

adapters! {
    adapter0();
    adapter1(A0 a0);
    adapter2(A0 a0 A1 a1);
    adapter3(A0 a0 A1 a1 A2 a2);
    adapter4(A0 a0 A1 a1 A2 a2 A3 a3);
    adapter5(A0 a0 A1 a1 A2 a2 A3 a3 A4 a4);
    adapter6(A0 a0 A1 a1 A2 a2 A3 a3 A4 a4 A5 a5);
    adapter7(A0 a0 A1 a1 A2 a2 A3 a3 A4 a4 A5 a5 A6 a6);
    adapter8(A0 a0 A1 a1 A2 a2 A3 a3 A4 a4 A5 a5 A6 a6 A7 a7);
}

/// The handlers of one `handlers![]`, for an endpoint of `P` in an application with the state `S`.
///
/// # Examples
///
/// ```
/// use switchhook::{HandlerList, handlers, webhook_handler};
/// use switchhook::provider::argyle::Argyle;
///
/// #[webhook_handler("identities.added")]
/// async fn added() {}
///
/// fn payroll() -> HandlerList<Argyle, ()> {
///     handlers![added]
/// }
/// ```
pub struct HandlerList<P, S: 'static> {
    calls: Calls<S>,
    provider: PhantomData<fn() -> P>,
}

impl<P, S> HandlerList<P, S> {
    /// Made by `handlers![]`: the table, and the routes in the same order.
    #[doc(hidden)]
    pub fn new(table: Table, list: &[Routes<P, S>]) -> Self {
        let mut calls = Calls { table, calls: Vec::with_capacity(table.handlers().len()) };
        for entry in list {
            entry.add_to(&mut calls.calls);
        }
        Self { calls, provider: PhantomData }
    }

    pub(crate) fn into_calls(self) -> Calls<S> {
        self.calls
    }
}

impl<P, S> fmt::Debug for HandlerList<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.calls.fmt(f)
    }
}

/// A [`HandlerList`] whose provider's type is forgotten.
pub(crate) struct Calls<S: 'static> {
    pub(crate) table: Table,
    /// The function of each of the table's handlers.
    pub(crate) calls: Vec<&'static dyn Call<S>>,
}

impl<S> fmt::Debug for Calls<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.table.handlers().iter().map(|handler| handler.name)).finish()
    }
}
