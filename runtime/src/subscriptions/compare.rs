//! What there should be, beside what there is.

use std::{cmp::Reverse, collections::BTreeSet};

use reqwest::Url;
use secrecy::ExposeSecret;

use super::{Change, Difference, Foreign, Wanted};
use crate::provider::argyle::{Subscription, SubscriptionConfig, api::offers::DAYS_SYNCED};

/// Which subscriptions belong to the application.
#[derive(Debug, Clone, Default)]
pub(super) struct Owned {
    /// The names that they bear, or bore.
    pub(super) names: Vec<String>,
    /// The addresses of endpoints that somebody else looks after.
    pub(super) except_at: Vec<String>,
}

impl Owned {
    /// Whether a subscription is the application's, which wants some at these addresses.
    fn holds(&self, one: &Subscription, wanted: &[Wanted]) -> bool {
        let address = canonical(&one.url);
        let is_left_out = |url: &String| {
            let url = canonical(url.split('?').next().unwrap_or_default());
            // Tenants are at addresses below their endpoint's.
            let below = address.strip_prefix(url.strip_suffix(b"/").unwrap_or(&url));
            below.is_some_and(|below| below.first().is_none_or(|byte| b"/?".contains(byte)))
        };
        let is_wanted = || wanted.iter().any(|wanted| canonical(wanted.request.url()) == address);
        self.names.contains(&one.name) && (is_wanted() || !self.except_at.iter().any(is_left_out))
    }
}

/// What is to be done with ours, and those of others at our addresses.
pub(super) fn compare(
    wanted: &[Wanted],
    owned: &Owned,
    existing: Vec<Subscription>,
) -> (Vec<Change>, Vec<Foreign>) {
    let mut seen = BTreeSet::new();
    // A list that changes while it is read can show one twice; it must not be taken for a second one.
    let existing = existing.into_iter().filter(|one| seen.insert(one.id.clone()));
    let (mut ours, others): (Vec<_>, Vec<_>) = existing.partition(|one| owned.holds(one, wanted));
    // Of several that say the same the oldest stays, so that processes that do this at one time keep the same one.
    ours.sort_by(|a, b| (&a.created_at, &a.id).cmp(&(&b.created_at, &b.id)));
    (changes(wanted, ours), foreign(wanted, others))
}

/// Pairs what there should be with what there is of ours, the oldest first; what is left over is to be deleted.
fn changes(wanted: &[Wanted], mut ours: Vec<Subscription>) -> Vec<Change> {
    let says = |wanted| move |one: &Subscription| differences(wanted, one).is_empty();
    let kept: Vec<Option<Subscription>> = wanted.iter().map(|wanted| take(&mut ours, says(wanted))).collect();
    let mut surplus = Vec::new();
    for (wanted, kept) in wanted.iter().zip(&kept) {
        let Some(kept) = kept else { continue };
        while let Some(existing) = take(&mut ours, says(wanted)) {
            surplus.push(Change::Delete { existing, same_as: Some(kept.id.clone()) });
        }
    }
    let pairs = wanted.iter().cloned().zip(kept);
    let changes: Vec<Change> = pairs
        .map(|(wanted, kept)| match kept {
            Some(existing) => Change::Keep { wanted, existing },
            None => match take_nearest(&mut ours, &wanted) {
                Some(existing) => {
                    let differences = differences(&wanted, &existing);
                    Change::Replace { wanted, existing, differences }
                }
                None => Change::Create { wanted },
            },
        })
        .collect();
    let left_over = ours.into_iter().map(|existing| Change::Delete { existing, same_as: None });
    changes.into_iter().chain(surplus).chain(left_over).collect()
}

fn take(ours: &mut Vec<Subscription>, is_it: impl FnMut(&Subscription) -> bool) -> Option<Subscription> {
    ours.iter().position(is_it).map(|at| ours.remove(at))
}

/// The one that has the most in common with what there should be, and at least the address or an event.
fn take_nearest(ours: &mut Vec<Subscription>, wanted: &Wanted) -> Option<Subscription> {
    let common = |one: &Subscription| {
        let is_there = is_same_url(wanted.request.url(), &one.url);
        let events = one.events.iter().filter(|event| wanted.request.events().contains(event)).count();
        (is_there || events > 0).then(|| (Reverse(differences(wanted, one).len()), events))
    };
    let common = ours.iter().enumerate().filter_map(|(at, one)| Some((common(one)?, at)));
    let (_, at) = common.max()?;
    Some(ours.remove(at))
}

/// In what a subscription is not as it should be.
pub(super) fn differences(wanted: &Wanted, existing: &Subscription) -> Vec<Difference> {
    let request = &wanted.request;
    let (should, has) = (set(request.events()), set(&existing.events));
    let without = |these: &BTreeSet<&str>, those: &BTreeSet<&str>| -> Vec<String> {
        these.difference(those).map(|event| (*event).to_owned()).collect()
    };
    let events = (should != has)
        .then(|| Difference::EventSet { added: without(&should, &has), removed: without(&has, &should) });
    let secret = request.exposed_secret() != existing.secret.as_ref().map(ExposeSecret::expose_secret);
    let name = (request.name() != existing.name).then(|| Difference::Name { had: existing.name.clone() });
    let url =
        (!is_same_url(request.url(), &existing.url)).then(|| Difference::Url { had: existing.url.clone() });
    let config = (!is_same_config(request.asked(), &existing.config))
        .then(|| Difference::Config { had: existing.config.clone() });
    [events, secret.then_some(Difference::Secret), name, url, config].into_iter().flatten().collect()
}

fn set(texts: &[String]) -> BTreeSet<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Argyle encodes addresses, and there is more than one way to do it.
pub(super) fn is_same_url(one: &str, other: &str) -> bool {
    canonical(one) == canonical(other)
}

/// An address with nothing encoded but what would mean something else if it were not.
fn canonical(text: &str) -> Vec<u8> {
    let url = Url::parse(text).map_or(text.to_owned(), String::from);
    let (mut rest, mut canonical) = (url.as_bytes(), Vec::with_capacity(url.len()));
    while let [byte, behind @ ..] = rest {
        let encoded = match behind {
            [high, low, ..] if *byte == b'%' => base16ct::mixed::decode_vec([*high, *low]).ok(),
            _ => None,
        };
        rest = &behind[encoded.as_ref().map_or(0, |_| 2)..];
        match encoded.as_deref() {
            Some([decoded]) if b"/?#&=+;%".contains(decoded) => {
                canonical.extend(format!("%{decoded:02X}").bytes());
            }
            Some([decoded]) => canonical.push(*decoded),
            _ => canonical.push(*byte),
        }
    }
    canonical
}

fn is_same_config(one: &SubscriptionConfig, other: &SubscriptionConfig) -> bool {
    let days = |config: &SubscriptionConfig| config.days_synced.unwrap_or(DAYS_SYNCED);
    one.include_resource == other.include_resource
        && days(one) == days(other)
        && set(&one.items) == set(&other.items)
}

/// Those of others that go to our addresses.
fn foreign(wanted: &[Wanted], others: Vec<Subscription>) -> Vec<Foreign> {
    let at = |one: &Subscription| wanted.iter().find(|wanted| is_same_url(wanted.request.url(), &one.url));
    let found = others.into_iter().filter_map(|existing| Some((at(&existing)?.endpoint.clone(), existing)));
    found.map(|(endpoint, existing)| Foreign { endpoint, existing }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_however_it_is_encoded_and_another_one_is_not() {
        let same = [
            ("https://h.example/a b/\u{e9}", "https://h.example/a%20b/%c3%A9"),
            ("https://h.example/~a'|b", "https://h.example/%7Ea%27%7cb"),
            ("https://H.example:443/x/../a", "https://h.example/a"),
            ("https://h.example", "https://h.example/"),
            ("https://h.example/%2f", "https://h.example/%2F"),
        ];
        for (one, other) in same {
            assert!(is_same_url(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("https://h.example/a%2Fb", "https://h.example/a/b"),
            ("https://h.example/a%3Fb", "https://h.example/a?b"),
            ("https://h.example/?a=b%26c=d", "https://h.example/?a=b&c=d"),
            ("https://h.example/?a=%2B", "https://h.example/?a=+"),
            ("https://h.example/%252F", "https://h.example/%2F"),
            ("https://h.example/a", "https://h.example/a/"),
            ("https://h.example/%", "https://h.example/%25"),
        ] {
            assert!(!is_same_url(one, other), "{one} {other}");
        }
    }
}
