//! Who sends: anew, again when no answer comes, and once more when asked to.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::{sleep, timeout};

use super::{
    handlers::{ROUTES, Route},
    world::World,
};
use crate::{
    Clock as _, Delivery, DeliveryId, EventName,
    delivery::Received,
    inbox::model::{NewDelivery, Stored},
};

/// What somebody has to tell.
pub(super) struct News {
    endpoint: &'static str,
    event: &'static str,
    body: Bytes,
    data: Bytes,
    key: Option<Vec<u8>>,
}

impl News {
    pub(super) fn new(route: &Route, number: usize, lanes: u8) -> Self {
        let is_hint = route.event == "hint";
        let data = format!("lane {}", fastrand::u8(0..lanes));
        let body = if is_hint { data.clone() } else { format!("{data} {number}") };
        let body = Bytes::from(body);
        let has_key = fastrand::u8(0..10) < if is_hint { 3 } else { 8 };
        Self {
            endpoint: route.endpoint,
            event: route.event,
            data: body.slice(..data.len()),
            body,
            key: has_key.then(|| format!("{}/{number}", route.endpoint).into_bytes()),
        }
    }

    /// The same, of which the sender does not say that it is.
    fn without_key(&self) -> Self {
        Self { body: self.body.clone(), data: self.data.clone(), key: None, ..*self }
    }

    /// The request, as it arrives now. Its id ends with the number of the arrival.
    fn request(&self, arrival: u64, world: &World) -> Option<NewDelivery> {
        let received_at = world.clock.now();
        let mut id = DeliveryId::first_at(received_at).into_bytes();
        id[8..].copy_from_slice(&arrival.to_be_bytes());
        let delivery = Delivery::new(Received {
            id: DeliveryId::stored(uuid::Uuid::from_slice(&id).ok()?),
            endpoint: self.endpoint.into(),
            tenant: None,
            event: EventName::new(self.event)?,
            provider_id: None,
            id_is_signed: false,
            received_at,
            signed: true,
            headers: HeaderMap::new(),
            body: self.body.clone(),
            data: self.data.clone(),
        });
        let (key, hint) = (self.key.clone(), self.event == "hint");
        Some(NewDelivery { endpoint: self.endpoint.into(), delivery, work: Vec::new(), key, hint })
    }

    /// Sends it until it is acknowledged, or patience is at its end.
    pub(super) async fn deliver(&self, world: &World) -> Option<Stored> {
        for _ in 0..fastrand::u8(1..6) {
            if world.witness.is_broken() {
                break;
            }
            if let Some(answer) = world.receive(|arrival| self.request(arrival, world))
                && let Ok(Ok(Ok(stored))) = timeout(Duration::from_secs(5), answer).await
            {
                return Some(stored);
            }
            sleep(Duration::from_millis(fastrand::u64(0..3_000))).await;
        }
        None
    }
}

/// One who has something to tell at some time.
pub(super) async fn send(world: Arc<World>, number: usize, within: Duration, lanes: u8) {
    let route = &ROUTES[fastrand::usize(0..ROUTES.len())];
    let news = News::new(route, number, lanes);
    // Some come together.
    let milliseconds = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
    let at = fastrand::u64(0..milliseconds.max(1));
    sleep(Duration::from_millis(if fastrand::bool() { at } else { at / 2_000 * 2_000 })).await;
    news.deliver(&world).await;
    // The thing that a hint is about often changes once more, while the handler looks at it.
    while route.event == "hint" && fastrand::bool() {
        sleep(Duration::from_millis(fastrand::u64(0..600))).await;
        news.without_key().deliver(&world).await;
    }
    // Somebody presses "redeliver", or the sender has not believed the answer.
    while fastrand::u8(0..4) == 0 {
        sleep(Duration::from_millis(fastrand::u64(0..milliseconds.max(1)))).await;
        news.deliver(&world).await;
    }
}
