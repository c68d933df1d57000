//! The events a provider sends, and the type of each one's `data`.

use super::{
    file::next_match,
    index::{self, Hashed, Slot},
    message::Message,
    nearest::{group_of, nearest_name, nearest_prefix},
    pattern::{Pattern, PatternKind},
};

/// The list of events that a provider sends.
///
/// A *closed* catalog is complete: a handler for an event outside it does not compile. An *open* one says nothing,
/// so that every name is taken. Closed catalogs are declared with [`catalog!`](crate::catalog!).
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::ARGYLE;
///
/// assert!(ARGYLE.contains("identities.updated"));
/// assert_eq!(ARGYLE.payload("identities.updated"), Some("IdentityIds"));
/// assert!(!ARGYLE.contains("identities.updatd"));
/// ```
#[derive(Debug)]
pub struct Catalog {
    provider: &'static str,
    /// The name of the constant that holds it.
    constant: &'static str,
    /// `None` for an open catalog.
    events: Option<Events>,
}

#[derive(Debug)]
struct Events {
    names: &'static [&'static str],
    payloads: &'static [Option<&'static str>],
    slots: &'static [Slot],
    hints: &'static [&'static str],
}

impl Catalog {
    /// A catalog that takes every event name.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::Catalog;
    ///
    /// const ACME: &Catalog = &Catalog::open("Acme");
    /// assert!(ACME.contains("whatever.they.send"));
    /// ```
    pub const fn open(provider: &'static str) -> Self {
        Self { provider, constant: "", events: None }
    }

    /// What [`catalog!`](crate::catalog!) expands to: names and payload types in the same order, and the index.
    #[doc(hidden)]
    pub const fn closed(
        provider: &'static str,
        constant: &'static str,
        names: &'static [&'static str],
        payloads: &'static [Option<&'static str>],
        slots: &'static [Slot],
        hints: &'static [&'static str],
    ) -> Self {
        Self { provider, constant, events: Some(Events { names, payloads, slots, hints }) }
    }

    /// Tells whether a delivery of the event is only a hint that something has changed, so that of two identical ones
    /// that wait, one is enough.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::ARGYLE;
    ///
    /// assert!(ARGYLE.is_hint("identities.updated"));
    /// assert!(!ARGYLE.is_hint("identities.added"));
    /// ```
    pub fn is_hint(&self, event: &str) -> bool {
        self.events.as_ref().is_some_and(|events| events.hints.contains(&event))
    }

    /// The provider's name, as messages print it.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::provider::argyle::ARGYLE.provider(), "Argyle");
    /// ```
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// Tells whether the provider may send an event of this name; an open catalog always says yes.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(switchhook::provider::argyle::ARGYLE.contains("users.fully_synced"));
    /// ```
    pub const fn contains(&self, event: &str) -> bool {
        match &self.events {
            Some(events) => events.find(event).is_some(),
            None => true,
        }
    }

    /// The name of the type that the event's `data` has, where the catalog declares one.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::ARGYLE;
    ///
    /// assert_eq!(ARGYLE.payload("accounts.removed"), Some("AccountIds"));
    /// assert_eq!(ARGYLE.payload("gigs.removed"), None); // Argyle documents no keys for it
    /// ```
    pub const fn payload(&self, event: &str) -> Option<&'static str> {
        match &self.events {
            Some(events) => match events.find(event) {
                Some(at) => events.payloads[at],
                None => None,
            },
            None => None,
        }
    }

    /// The names of a closed catalog, in the order of its declaration; none for an open one.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::ARGYLE;
    ///
    /// assert!(ARGYLE.events().iter().any(|name| name.starts_with("paystubs.")));
    /// ```
    pub const fn events(&self) -> &'static [&'static str] {
        match &self.events {
            Some(events) => events.names,
            None => &[],
        }
    }

    /// Tells whether the pattern takes at least one event of the catalog. `*` always does.
    pub(crate) const fn admits(&self, pattern: Pattern<'_>) -> bool {
        self.admits_hashed(pattern, index::hash(pattern.key()))
    }

    const fn admits_hashed(&self, pattern: Pattern<'_>, hash: u32) -> bool {
        match (&self.events, pattern.kind()) {
            (None, _) | (_, PatternKind::Any) => true,
            (Some(events), PatternKind::Exact | PatternKind::Prefix) => {
                events.next_match(pattern, hash, 0).is_some()
            }
        }
    }

    /// The sentence for a pattern that the catalog does not admit.
    pub(crate) const fn refusal(&self, pattern: Pattern<'_>) -> Message {
        let exact = matches!(pattern.kind(), PatternKind::Exact);
        let message = Message::new()
            .push(self.provider)
            .push(if exact { " sends no event " } else { " sends no event that matches " })
            .quote(pattern.as_str());
        let near = if exact {
            nearest_name(self.events(), pattern.as_str())
        } else {
            nearest_prefix(self.events(), pattern.key())
        };
        let group = if exact { group_of(self.events(), pattern.as_str()) } else { None };
        match (near, group) {
            (Some(near), Some(group)) => {
                message.push("; did you mean `").push(near).push("` or `").push(group).push("*`?")
            }
            // The beginning of others, such as `issues` of `issues.opened`.
            (None, Some(group)) => message.push("; did you mean `").push(group).push("*`?"),
            (Some(near), None) => {
                message.push("; did you mean `").push(near).push(if exact { "`?" } else { "*`?" })
            }
            (None, None) => message.push("; ").quote(self.constant).push(" lists those it sends"),
        }
    }

    /// Fails const evaluation, in words, unless the catalog admits the pattern, which the macros have hashed.
    #[doc(hidden)]
    #[track_caller]
    pub const fn require(&self, pattern: &str, hash: u32) {
        let pattern = Pattern::checked(pattern);
        if !self.admits_hashed(pattern, hash) {
            fail(&self.refusal(pattern));
        }
    }
}

impl Events {
    const fn find(&self, name: &str) -> Option<usize> {
        index::find(self.slots, self.names, name)
    }

    /// The first event from place `from` on that the pattern takes.
    const fn next_match(&self, pattern: Pattern<'_>, hash: u32, from: usize) -> Option<usize> {
        next_match(self.names, self.slots, pattern, hash, from)
    }
}

/// A type that a catalog declares for the `data` of some of its events.
///
/// [`catalog!`](crate::catalog!) implements it for every type it names. A handler that takes `Data<T>` of such a
/// type is checked against the catalog at `cargo check`: its events must exist and must carry `T`. A type that
/// implements it not, such as one of your own, is taken for any event.
///
/// # Examples
///
/// ```
/// use switchhook::Payload;
/// use switchhook::provider::argyle::IdentityIds;
///
/// assert_eq!(IdentityIds::EVENTS, ["identities.added", "identities.updated"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "no catalog declares `{Self}` as a payload",
    label = "not a declared payload type",
    note = "name `{Self}` in a `catalog!`, behind the events that carry it"
)]
pub trait Payload {
    /// The catalog that declares the type.
    const CATALOG: &'static Catalog;
    /// The type's name, as messages print it.
    const NAME: &'static str;
    /// The events whose `data` has this type.
    const EVENTS: &'static [&'static str];
}

/// What a payload type declares, for the checks of one handler.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    catalog: &'static Catalog,
    name: &'static str,
    events: &'static [&'static str],
}

impl Declared {
    #[doc(hidden)]
    pub const fn by<T: Payload>() -> Self {
        Self { catalog: T::CATALOG, name: T::NAME, events: T::EVENTS }
    }

    const fn includes(&self, event: &str) -> bool {
        let mut i = 0;
        while i < self.events.len() {
            if super::pattern::same_bytes(self.events[i].as_bytes(), event.as_bytes()) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// The sentence for an event of the catalog that does not carry the type.
    const fn refusal(&self, event: &str) -> Message {
        let mut message = Message::new().push("the event ").quote(event);
        message = match self.catalog.payload(event) {
            Some(carried) => message.push(" carries ").quote(carried),
            None => message.push(" has no payload type in the catalog (take a type of your own)"),
        };
        message = message.push("; ").quote(self.name).push(" is carried by ");
        let mut i = 0;
        while i < self.events.len() {
            if i > 0 {
                message = message.push(if i + 1 == self.events.len() { " and " } else { ", " });
            }
            message = message.quote(self.events[i]);
            i += 1;
        }
        message
    }
}

/// An event that a handler asks for, and what a catalog declares of one of the handler's arguments.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    declared: Option<&'static Declared>,
    pattern: Hashed,
}

/// Fails const evaluation unless the catalog that declares the argument's payload admits the pattern.
#[doc(hidden)]
#[track_caller]
pub const fn require_event(declared: Option<&'static Declared>, pattern: &'static str, hash: u32) -> Asked {
    if let Some(declared) = declared {
        declared.catalog.require(pattern, hash);
    }
    Asked { declared, pattern: Hashed { text: pattern, hash } }
}

/// Fails const evaluation unless every event of the pattern carries the declared payload.
#[doc(hidden)]
#[track_caller]
pub const fn require_payload(asked: Asked) {
    let Asked { declared, pattern: Hashed { text, hash } } = asked;
    let Some(declared) = declared else { return };
    let Some(events) = &declared.catalog.events else { return };
    let pattern = Pattern::checked(text);
    let mut from = 0;
    while let Some(at) = events.next_match(pattern, hash, from) {
        if !declared.includes(events.names[at]) {
            fail(&declared.refusal(events.names[at]));
        }
        from = at + 1;
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "in const evaluation, a panic is the compile error")]
pub(crate) const fn fail(message: &Message) -> ! {
    panic!("{}", message.as_str())
}
