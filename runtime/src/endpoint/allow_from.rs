//! Which addresses may send to an endpoint.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// Which addresses may send to an endpoint. Off by default: the signature is what proves the sender.
///
/// The address is that of the TCP connection. Behind a proxy, that is the proxy's; name the proxies, and the
/// header that they add, with [`behind`](Self::behind). A header from anybody else is never believed.
///
/// # Examples
///
/// ```
/// use switchhook::AllowFrom;
/// use switchhook::provider::argyle::ADDRESSES;
///
/// let direct = AllowFrom::addresses(ADDRESSES);
/// let behind_a_proxy = AllowFrom::addresses(ADDRESSES).behind(["10.0.0.0/8"], "x-forwarded-for");
/// ```
#[derive(Clone)]
pub struct AllowFrom {
    senders: Vec<IpAddr>,
    proxies: Vec<IpNet>,
    header: Option<HeaderName>,
    faults: Vec<String>,
}

impl AllowFrom {
    /// Lets these addresses send, and no other.
    ///
    /// # Examples
    ///
    /// ```
    /// let allowed = switchhook::AllowFrom::addresses(["192.0.2.1".parse::<std::net::IpAddr>()?]);
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    pub fn addresses(senders: impl IntoIterator<Item = IpAddr>) -> Self {
        let senders = senders.into_iter().map(|address| address.to_canonical()).collect();
        Self { senders, proxies: Vec::new(), header: None, faults: Vec::new() }
    }

    /// Takes the address from a header when the connection comes from one of these proxies.
    ///
    /// Proxies are addresses or networks (`10.0.0.0/8`). The header is a list such as `X-Forwarded-For`, to which
    /// each proxy adds the address it was called from at the end; the last one that is no proxy itself counts.
    /// `build()` reports what cannot be read.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{AllowFrom, provider::argyle::ADDRESSES};
    /// let allowed = AllowFrom::addresses(ADDRESSES).behind(["10.0.0.1", "fd00::/8"], "x-forwarded-for");
    /// ```
    #[must_use]
    pub fn behind<T: AsRef<str>>(mut self, proxies: impl IntoIterator<Item = T>, header: &str) -> Self {
        for proxy in proxies {
            let proxy = proxy.as_ref();
            match proxy.parse::<IpNet>().or_else(|_| proxy.parse::<IpAddr>().map(IpNet::from)) {
                Ok(network) => self.proxies.push(network),
                Err(_) => {
                    self.faults.push(format!("the proxy `{proxy}` is neither an address nor a network"));
                }
            }
        }
        match HeaderName::try_from(header) {
            Ok(header) => self.header = Some(header),
            Err(_) => self.faults.push(format!("`{header}` is not a header name")),
        }
        self
    }

    pub(crate) fn faults(&self) -> &[String] {
        &self.faults
    }

    /// Tells whether a request of this connection, with these headers, may come in.
    pub(crate) fn admits(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> Result<(), AddressError> {
        let peer = peer.ok_or(AddressError::Unknown)?.ip().to_canonical();
        let sender = match &self.header {
            Some(header) if self.is_proxy(peer) => self.forwarded(headers, header)?,
            Some(_) | None => peer,
        };
        if self.senders.contains(&sender) { Ok(()) } else { Err(AddressError::NotAllowed(sender)) }
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&address))
    }

    /// The last address of the header that is not a proxy's.
    fn forwarded(&self, headers: &HeaderMap, header: &HeaderName) -> Result<IpAddr, AddressError> {
        for value in headers.get_all(header).iter().rev() {
            let Ok(value) = value.to_str() else { return Err(AddressError::Malformed) };
            for address in value.rsplit(',') {
                let address = read_address(address.trim()).ok_or(AddressError::Malformed)?.to_canonical();
                if !self.is_proxy(address) {
                    return Ok(address);
                }
            }
        }
        Err(AddressError::Malformed)
    }
}

/// Some proxies add the port.
fn read_address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

impl fmt::Debug for AllowFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllowFrom")
            .field("senders", &self.senders)
            .field("proxies", &self.proxies)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// Why an address may not send, for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    #[error(
        "the sender's address is unknown: serve with `webhooks.serve`, or with axum's \
         `into_make_service_with_connect_info::<SocketAddr>`"
    )]
    Unknown,
    #[error("the proxy's header names no sender")]
    Malformed,
    #[error("{0} is not among the addresses allowed to send")]
    NotAllowed(IpAddr),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(allowed: &AllowFrom, peer: &str, forwarded: &[&'static str]) -> Result<(), AddressError> {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        allowed.admits(Some(SocketAddr::new(peer.parse().unwrap(), 4321)), &headers)
    }

    fn argyle() -> AllowFrom {
        AllowFrom::addresses(crate::provider::argyle::ADDRESSES)
    }

    #[test]
    fn without_proxies_only_the_connection_counts() {
        assert_eq!(verdict(&argyle(), "34.27.251.226", &[]), Ok(()));
        assert_eq!(verdict(&argyle(), "::ffff:34.27.251.226", &[]), Ok(()));
        let forged = verdict(&argyle(), "203.0.113.9", &["34.27.251.226"]).unwrap_err();
        assert_eq!(forged.to_string(), "203.0.113.9 is not among the addresses allowed to send");
    }

    #[test]
    fn a_named_proxy_is_believed_for_what_it_added() {
        let allowed = argyle().behind(["10.0.0.0/8", "192.0.2.7"], "x-forwarded-for");
        assert_eq!(verdict(&allowed, "10.1.2.3", &["34.27.251.226"]), Ok(()));
        assert_eq!(verdict(&allowed, "10.1.2.3", &["203.0.113.9, 34.27.251.226:443, 192.0.2.7"]), Ok(()));
        assert_eq!(verdict(&allowed, "192.0.2.7", &["203.0.113.9", "34.27.251.226"]), Ok(()));
        for forged in [&["34.27.251.226, 203.0.113.9"][..], &["34.27.251.226", "203.0.113.9"]] {
            assert!(matches!(verdict(&allowed, "10.1.2.3", forged), Err(AddressError::NotAllowed(_))));
        }
        assert!(verdict(&allowed, "203.0.113.9", &["34.27.251.226"]).is_err(), "an unnamed proxy");
        for broken in [&[][..], &["10.0.0.1"], &["unknown"], &["34.27.251.226,"]] {
            let error = verdict(&allowed, "10.1.2.3", broken).unwrap_err();
            assert_eq!(error.to_string(), "the proxy's header names no sender");
        }
    }

    #[test]
    fn an_unknown_connection_is_refused_with_advice() {
        let error = argyle().admits(None, &HeaderMap::new()).unwrap_err();
        assert!(
            error.to_string().starts_with("the sender's address is unknown: serve with `webhooks.serve`")
        );
    }

    #[test]
    fn faults_wait_for_build() {
        let allowed = argyle().behind(["ten"], "x forwarded");
        assert_eq!(
            allowed.faults(),
            ["the proxy `ten` is neither an address nor a network", "`x forwarded` is not a header name"]
        );
    }
}
