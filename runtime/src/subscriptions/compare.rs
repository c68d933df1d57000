//! What there should be, beside what there is.

use std::{cmp::Reverse, collections::BTreeSet};

use reqwest::Url;
use secrecy::ExposeSecret;

use super::{Change, Difference, Foreign, Wanted};
use crate::provider::argyle::{Subscription, SubscriptionConfig, api::offers::DAYS_SYNCED};

/// Pairs what there should be with what there is of ours; what is left over is to be deleted.
pub(super) fn compare(
    wanted: &[Wanted],
    names: &[String],
    existing: Vec<Subscription>,
) -> (Vec<Change>, Vec<Foreign>) {
    let (mut ours, others): (Vec<_>, Vec<_>) =
        existing.into_iter().partition(|one| names.contains(&one.name));
    // Of several that say the same the oldest stays, so that processes that do this at one time keep the same one.
    ours.sort_by(|a, b| (&a.created_at, &a.id).cmp(&(&b.created_at, &b.id)));
    let kept: Vec<Option<Subscription>> =
        wanted.iter().map(|wanted| take(&mut ours, |one| differences(wanted, one).is_empty())).collect();
    let mut changes = Vec::new();
    let mut surplus = Vec::new();
    for (wanted, kept) in wanted.iter().zip(&kept) {
        let Some(kept) = kept else { continue };
        while let Some(existing) = take(&mut ours, |one| differences(wanted, one).is_empty()) {
            surplus.push(Change::Delete { existing, same_as: Some(kept.id.clone()) });
        }
    }
    for (wanted, kept) in wanted.iter().zip(kept) {
        let wanted = wanted.clone();
        changes.push(match kept {
            Some(existing) => Change::Keep { wanted, existing },
            None => match take_nearest(&mut ours, &wanted) {
                Some(existing) => {
                    let differences = differences(&wanted, &existing);
                    Change::Replace { wanted, existing, differences }
                }
                None => Change::Create { wanted },
            },
        });
    }
    changes.extend(surplus);
    changes.extend(ours.into_iter().map(|existing| Change::Delete { existing, same_as: None }));
    (changes, foreign(wanted, others))
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
        .then(|| Difference::Events { added: without(&should, &has), removed: without(&has, &should) });
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

/// Argyle encodes addresses, as parsing does.
fn is_same_url(one: &str, other: &str) -> bool {
    one == other || matches!((Url::parse(one), Url::parse(other)), (Ok(one), Ok(other)) if one == other)
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
