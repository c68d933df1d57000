//! The dispatch table: computed from a `handlers![]` list in const evaluation, read for every delivery.

use super::{
    catalog::fail,
    index::{Found, Slot, hash, probe, slot},
    message::Message,
    pattern::{Pattern, PatternKind, is_separator, same_bytes},
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

impl Listed {
    const fn count(&self) -> usize {
        match self.handlers {
            Infos::One(_) => 1,
            Infos::List(handlers) => handlers.len(),
        }
    }

    const fn handler(&self, number: usize) -> &HandlerInfo {
        match &self.handlers {
            Infos::One(handler) => handler,
            Infos::List(handlers) => &handlers[number],
        }
    }
}

/// How many handlers a list has, and how many patterns these name.
pub const fn sizes(list: &[Listed]) -> (usize, usize) {
    let (mut handlers, mut patterns) = (0, 0);
    let paths = list.len();
    let mut i = 0;
    while i < paths {
        let listed = &list[i];
        let count = listed.count();
        let mut j = 0;
        while j < count {
            patterns += listed.handler(j).pattern_count();
            j += 1;
        }
        handlers += count;
        i += 1;
    }
    (handlers, patterns)
}

/// A pattern and the number of the handler that takes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pattern: Pattern<'static>,
    handler: usize,
}

/// Two handlers for one pattern.
#[derive(Debug, Clone, Copy)]
struct Clash {
    pattern: &'static str,
    /// The numbers of the handlers.
    first: usize,
    second: usize,
}

/// The storage of a table: what the list macro keeps in a constant.
///
/// `H` handlers with `N` patterns, an index of `SLOTS` places, `PATHS` paths in the source.
#[derive(Debug)]
pub struct BuiltTable<const H: usize, const N: usize, const SLOTS: usize, const PATHS: usize> {
    handlers: [HandlerInfo; H],
    entries: [Entry; N],
    slots: [Slot; SLOTS],
    catch_all: Option<usize>,
    longest_prefix: usize,
    clashes: [Option<Clash>; PATHS],
}

impl<const H: usize, const N: usize, const SLOTS: usize, const PATHS: usize> BuiltTable<H, N, SLOTS, PATHS> {
    /// Goes through the list once: every pattern is hashed, and compared with those of equal hash.
    pub const fn new(list: &[Listed]) -> Self {
        let mut table = Self {
            handlers: [HandlerInfo::NOBODY; H],
            entries: [Entry { pattern: Pattern::ANY, handler: 0 }; N],
            slots: [Slot::EMPTY; SLOTS],
            catch_all: None,
            longest_prefix: 0,
            clashes: [None; PATHS],
        };
        let (mut handler, mut entry, mut i) = (0, 0, 0);
        let paths = list.len();
        while i < paths {
            let listed = &list[i];
            let count = listed.count();
            let mut j = 0;
            while j < count {
                let info = listed.handler(j);
                table.handlers[handler] = *info;
                let patterns = info.pattern_count();
                let mut k = 0;
                while k < patterns {
                    table.entries[entry] = Entry { pattern: info.pattern(k), handler };
                    if let Some(earlier) = table.enter(entry) {
                        table.note_clash(listed.path, entry, earlier);
                    }
                    entry += 1;
                    k += 1;
                }
                handler += 1;
                j += 1;
            }
            i += 1;
        }
        table
    }

    /// Puts one entry into the index, or gives the handler that came before it.
    const fn enter(&mut self, number: usize) -> Option<usize> {
        let Entry { pattern, handler } = self.entries[number];
        let (kind, key) = (pattern.kind(), pattern.key());
        if matches!(kind, PatternKind::Any) {
            let earlier = self.catch_all;
            if earlier.is_none() {
                self.catch_all = Some(handler);
            }
            return earlier;
        }
        let hash = hash(key);
        match probe!(self.slots, hash, other => self.entries[other].is(kind, key)) {
            Found::Owner(earlier) => Some(self.entries[earlier].handler),
            Found::Vacant(at) => {
                self.slots[at] = slot(hash, number + 1);
                if matches!(kind, PatternKind::Prefix) && key.len() > self.longest_prefix {
                    self.longest_prefix = key.len();
                }
                None
            }
        }
    }

    /// Notes under a path that one of its patterns came second; the first of them speaks for all.
    const fn note_clash(&mut self, path: usize, entry: usize, earlier: usize) {
        let Entry { pattern, handler } = self.entries[entry];
        if self.clashes[path].is_none() {
            self.clashes[path] = Some(Clash { pattern: pattern.as_str(), first: earlier, second: handler });
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
            entries: &self.entries,
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
    entries: &'static [Entry],
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
        match probe!(self.slots, hash, entry => self.entries[entry].is(kind, key)) {
            Found::Owner(entry) => Some(self.entries[entry].handler),
            Found::Vacant(_) => None,
        }
    }
}

impl Entry {
    const fn is(&self, kind: PatternKind, key: &[u8]) -> bool {
        self.pattern.kind() as u8 == kind as u8 && same_bytes(self.pattern.key(), key)
    }
}
