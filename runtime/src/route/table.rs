//! The dispatch table: computed from a `handlers![]` list in const evaluation, read for every delivery.

use super::{
    catalog::fail,
    index::{Found, Hashed, Slot, hash, probe, slot},
    message::Message,
    pattern::{Pattern, PatternKind, is_separator},
};
use crate::handler::{HandlerInfo, Infos};

/// One path of a `handlers![]` list: a handler, or a list of another module.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// The number of the path in the source; entries that a `cfg` left out keep theirs.
    pub path: usize,
    /// The handlers behind it.
    pub handlers: Infos,
}

/// How many handlers a list has, and how many patterns these name.
pub const fn sizes(list: &[Listed]) -> (usize, usize) {
    let (mut handlers, mut patterns) = (0, 0);
    let mut left = list;
    while let [listed, rest @ ..] = left {
        let mut infos = listed.handlers.as_slice();
        while let [info, rest @ ..] = infos {
            handlers += 1;
            patterns += 1 + info.further_patterns.len();
            infos = rest;
        }
        left = rest;
    }
    (handlers, patterns)
}

/// Two handlers for one pattern.
#[derive(Debug, Clone, Copy)]
struct Clash {
    pattern: &'static str,
    /// The numbers of the handlers.
    first: usize,
    second: usize,
}

/// The storage of a table: what the list macro keeps in a static.
///
/// `H` handlers, an index of `SLOTS` places for their patterns, `PATHS` paths in the source.
#[derive(Debug)]
pub struct BuiltTable<const H: usize, const SLOTS: usize, const PATHS: usize> {
    handlers: [HandlerInfo; H],
    /// The owner is the number of a handler, for each of its patterns.
    slots: [Slot; SLOTS],
    catch_all: Option<usize>,
    longest_prefix: usize,
    clashes: [Option<Clash>; PATHS],
}

impl<const H: usize, const SLOTS: usize, const PATHS: usize> BuiltTable<H, SLOTS, PATHS> {
    /// Goes through the list once: every pattern is compared with those of equal hash.
    pub const fn new(list: &[Listed]) -> Self {
        let mut table = Self {
            handlers: [HandlerInfo::NOBODY; H],
            slots: [Slot::EMPTY; SLOTS],
            catch_all: None,
            longest_prefix: 0,
            clashes: [None; PATHS],
        };
        let mut handler = 0;
        let mut left = list;
        while let [listed, rest @ ..] = left {
            let mut infos = listed.handlers.as_slice();
            while let [info, rest @ ..] = infos {
                table.add(listed.path, handler, info);
                handler += 1;
                infos = rest;
            }
            left = rest;
        }
        table
    }

    /// Puts a handler's patterns into the index. When another handler came before, that is noted under the path; the
    /// first of its patterns speaks for all.
    const fn add(&mut self, path: usize, handler: usize, info: &HandlerInfo) {
        self.handlers[handler] = *info;
        let (mut pattern, mut further) = (&info.pattern, info.further_patterns);
        loop {
            if let Some(first) = self.enter(handler, *pattern)
                && self.clashes[path].is_none()
            {
                self.clashes[path] = Some(Clash { pattern: pattern.text, first, second: handler });
            }
            let [next, rest @ ..] = further else { return };
            (pattern, further) = (next, rest);
        }
    }

    /// Puts one pattern into the index, or gives the handler that came before.
    const fn enter(&mut self, handler: usize, Hashed { text, hash }: Hashed) -> Option<usize> {
        let pattern = Pattern::checked(text);
        let kind = pattern.kind();
        if matches!(kind, PatternKind::Any) {
            let earlier = self.catch_all;
            if earlier.is_none() {
                self.catch_all = Some(handler);
            }
            return earlier;
        }
        match probe!(self.slots, hash, other => self.handlers[other].asks(kind, pattern.key())) {
            Found::Owner(earlier) => Some(earlier),
            Found::Vacant(at) => {
                self.slots[at] = slot(hash, handler + 1);
                if matches!(kind, PatternKind::Prefix) && pattern.key().len() > self.longest_prefix {
                    self.longest_prefix = pattern.key().len();
                }
                None
            }
        }
    }

    /// The verdict on each path.
    pub const fn verdicts(&'static self) -> Verdicts {
        Verdicts { handlers: &self.handlers, clashes: &self.clashes }
    }

    /// The handlers in the order of the list.
    pub const fn infos(&'static self) -> Infos {
        Infos::List(&self.handlers)
    }

    /// The table as the runtime reads it.
    pub const fn table(&'static self) -> Table {
        Table {
            handlers: &self.handlers,
            slots: &self.slots,
            catch_all: self.catch_all,
            longest_prefix: self.longest_prefix,
        }
    }
}

/// For each path of a list, the first of its patterns that was taken before it.
#[derive(Debug, Clone, Copy)]
pub struct Verdicts {
    handlers: &'static [HandlerInfo],
    clashes: &'static [Option<Clash>],
}

/// Fails const evaluation, in words, when a pattern behind a path was taken before it.
#[track_caller]
pub const fn require_unique(verdicts: &Verdicts, path: usize) {
    let Some(clash) = verdicts.clashes[path] else { return };
    let message = Message::new().push("two handlers take ").quote(clash.pattern).push(": `");
    let message = verdicts.handlers[clash.first].push_path(message).push("` is listed before `");
    let message = verdicts.handlers[clash.second].push_path(message);
    fail(&message.push("`; leave one out or give it a consumer of its own"));
}

/// The dispatch table of one list.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    handlers: &'static [HandlerInfo],
    slots: &'static [Slot],
    catch_all: Option<usize>,
    longest_prefix: usize,
}

/// A handler that takes an event, and how closely its pattern names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) handler: usize,
    /// The bytes that the pattern fixes: a whole name counts more than any prefix, `*` counts nothing.
    pub(crate) closeness: usize,
}

impl Table {
    /// The handler for an event: the one that names it, else that of the longest prefix, else that of `*`.
    ///
    /// It allocates nothing. An event of at most 256 bytes is looked up once whole and once per separator that a
    /// registered prefix could end at.
    pub(crate) fn find(&self, event: &str) -> Option<Match> {
        let name = event.as_bytes();
        if let Some(handler) = self.look_up(PatternKind::Exact, name) {
            return Some(Match { handler, closeness: usize::MAX });
        }
        let mut end = self.longest_prefix.min(name.len().saturating_sub(1));
        while end > 0 {
            if is_separator(name[end - 1])
                && let Some(handler) = self.look_up(PatternKind::Prefix, &name[..end])
            {
                return Some(Match { handler, closeness: end });
            }
            end -= 1;
        }
        self.catch_all.map(|handler| Match { handler, closeness: 0 })
    }

    /// The handler that names exactly this pattern.
    pub(crate) fn handler_of(&self, pattern: Pattern<'_>) -> Option<&'static HandlerInfo> {
        let handler = match pattern.kind() {
            PatternKind::Any => self.catch_all,
            kind @ (PatternKind::Exact | PatternKind::Prefix) => self.look_up(kind, pattern.key()),
        };
        handler.map(|handler| &self.handlers[handler])
    }

    /// The handlers in the order of the list.
    pub(crate) fn handlers(&self) -> &'static [HandlerInfo] {
        self.handlers
    }

    fn look_up(&self, kind: PatternKind, key: &[u8]) -> Option<usize> {
        let hash = hash(key);
        match probe!(self.slots, hash, handler => self.handlers[handler].asks(kind, key)) {
            Found::Owner(handler) => Some(handler),
            Found::Vacant(_) => None,
        }
    }
}
