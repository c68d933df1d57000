//! The headers of a delivery as they lie in a store: without what could open a door.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers with one of these words in their names prove who somebody is: they are not stored.
const SECRET_WORDS: [&str; 10] = [
    "signature",
    "authorization",
    "cookie",
    "hmac",
    "token",
    "secret",
    "password",
    "api-key",
    "apikey",
    "x-auth",
];

/// The headers as lines of a request, without those that prove who somebody is: that are marked as sensitive, or have such
/// a name.
pub(crate) fn write_public(headers: &HeaderMap) -> Vec<u8> {
    let speaks = |name: &HeaderName| SECRET_WORDS.iter().any(|word| name.as_str().contains(word));
    write(headers, |name, value| !value.is_sensitive() && !speaks(name))
}

/// The headers as lines of a request, without logins: what a provider verifies must stay.
pub(crate) fn write_verifiable(headers: &HeaderMap) -> Vec<u8> {
    write(headers, |name, _| !["authorization", "cookie"].iter().any(|word| name.as_str().contains(word)))
}

fn write(headers: &HeaderMap, keep: impl Fn(&HeaderName, &HeaderValue) -> bool) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in headers.iter().filter(|(name, value)| keep(name, value)) {
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(value.as_bytes());
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

/// Where in the body the data is, from and to, when it is a part of it.
pub(crate) fn place_within(body: &Bytes, data: &Bytes) -> Option<(i64, i64)> {
    let (all, part) = (body.as_ptr_range(), data.as_ptr_range());
    if part.start < all.start || part.end > all.end {
        return None;
    }
    let start = i64::try_from(part.start.addr() - all.start.addr()).ok()?;
    Some((start, start + i64::try_from(data.len()).ok()?))
}

/// The data of a body, by its place.
pub(crate) fn part_of(body: &Bytes, start: i64, end: i64) -> Bytes {
    let place = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match place {
        Some((start, end)) if start <= end && end <= body.len() => body.slice(start..end),
        _ => Bytes::new(),
    }
}

/// Reads what one of the others wrote; what is not a header line is left out.
pub(crate) fn read(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(colon) = line.windows(2).position(|pair| pair == b": ") else { continue };
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(&line[colon + 2..]))
        {
            headers.append(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "application/json"),
            ("x-trace", "a: b"),
            ("x-trace", ""),
            ("x-argyle-signature", "abc"),
            ("stripe-signature", "abc"),
            ("x-shopify-hmac-sha256", "abc"),
            ("x-gitlab-token", "abc"),
            ("authorization", "Basic abc"),
            ("proxy-authorization", "Basic abc"),
            ("cookie", "session=abc"),
            ("x-api-key", "abc"),
            ("x-auth", "abc"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        headers.append("x-bytes", HeaderValue::from_bytes(b"\xff\x80").unwrap());
        headers
    }

    #[test]
    fn what_proves_an_identity_is_not_written() {
        let read = read(&write_public(&headers()));
        let mut names: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                ("content-type", &b"application/json"[..]),
                ("x-bytes", b"\xff\x80"),
                ("x-trace", b""),
                ("x-trace", b"a: b")
            ]
        );
    }

    #[test]
    fn what_a_provider_verifies_stays_for_another_look() {
        let read = read(&write_verifiable(&headers()));
        assert_eq!(read["x-argyle-signature"], "abc");
        assert_eq!(read["x-gitlab-token"], "abc");
        assert!(!read.contains_key("authorization") && !read.contains_key("cookie"));
    }
}
