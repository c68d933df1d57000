//! The receiver's secrets: several, those with an end, and those that `build()` refuses.

use std::time::{Duration, UNIX_EPOCH};

use switchhook::Secrets;

use crate::{
    letter::Letter,
    schemes::{Keys, SCHEMES, Scheme},
};

const END: u64 = 1_700_000_000;

/// Keys that differ from the scheme's own.
fn other_key(scheme: &Scheme, number: u8) -> Vec<u8> {
    scheme.key_of(&[number; 64], 24)
}

/// A delivery of this second.
fn letter(scheme: &'static Scheme, key: &[u8], seconds: u64) -> Letter {
    scheme.letter().with_key(key).with_timestamp(seconds.to_string().as_bytes())
}

/// The list as `build()` sees it; the text of what it says.
fn refused(scheme: &Scheme, secrets: impl Into<Secrets>) -> String {
    (scheme.open)(secrets.into()).err().unwrap()
}

#[tokio::test]
async fn each_of_eight_secrets_is_taken_and_no_other() {
    for scheme in &SCHEMES {
        let keys: Vec<_> = (1..=8).map(|number| other_key(scheme, number)).collect();
        let secrets: Secrets = keys.iter().map(|key| scheme.secret(key)).collect();
        let desk = (scheme.open)(secrets).unwrap();
        desk.set_time(END);
        for key in &keys {
            assert_eq!(desk.status(&letter(scheme, key, END).seal()).await, 200, "{}", scheme.name);
        }
        let forged = letter(scheme, &other_key(scheme, 9), END).seal();
        assert_eq!(desk.status(&forged).await, 401, "{}", scheme.name);
    }
}

#[tokio::test]
async fn an_old_secret_is_valid_until_its_end_and_not_at_it() {
    let second = Duration::from_secs(1);
    let end = UNIX_EPOCH + Duration::from_secs(END);
    for scheme in &SCHEMES {
        let old = other_key(scheme, 1);
        let secrets = Secrets::from(scheme.secret(scheme.key)).previous_until(scheme.secret(&old), end);
        let desk = (scheme.open)(secrets).unwrap();
        for (at, status) in [
            (end - 200 * second, 200),
            (end - second, 200),
            (end - Duration::from_nanos(1), 200),
            (end, 401),
            (end + Duration::from_nanos(1), 401),
            (end + second, 401),
            (end + 200 * second, 401),
        ] {
            desk.set(at);
            // What was signed before the end and comes after it is refused too: only the time of receipt counts.
            let (old, new) = (letter(scheme, &old, END - 50), letter(scheme, scheme.key, END - 50));
            assert_eq!(desk.status(&old.seal()).await, status, "{}, old at {at:?}", scheme.name);
            assert_eq!(desk.status(&new.seal()).await, 200, "{}, new at {at:?}", scheme.name);
        }
    }
}

#[test]
fn an_empty_secret_is_refused_wherever_it_stands() {
    for scheme in &SCHEMES {
        let more = if scheme.name == "Argyle" {
            "; for subscriptions without a secret use `Argyle::unsigned()`"
        } else {
            ""
        };
        for (empty, fault) in [
            ("", "is empty, so that anybody could sign"),
            (" \t", "is blank: it has no visible character, so that anybody could sign"),
            ("\u{200b}", "is blank: it has no visible character, so that anybody could sign"),
            ("whsec_", "is a bare `whsec_` with no secret behind it"),
        ] {
            for position in 0..3 {
                let mut secrets = [1, 2, 3].map(|number| scheme.secret(&other_key(scheme, number)));
                empty.clone_into(&mut secrets[position]);
                let expected = format!(
                    "1 fault in the webhooks:\n- endpoint `desk`: secret {} of 3 {fault}{more}",
                    position + 1
                );
                assert_eq!(refused(scheme, secrets), expected, "{}", scheme.name);
            }
        }
    }
}

#[test]
fn an_empty_secret_is_refused_even_where_it_has_an_end() {
    for scheme in &SCHEMES {
        let end = UNIX_EPOCH + Duration::from_secs(END);
        let secrets = Secrets::from(scheme.secret(scheme.key)).previous_until("", end);
        let text = refused(scheme, secrets);
        assert!(
            text.contains("secret 2 of 2 is empty, so that anybody could sign"),
            "{}: {text}",
            scheme.name
        );
        let none = refused(scheme, Vec::<String>::new());
        assert!(none.contains("there is no secret"), "{}: {none}", scheme.name);
    }
}

/// Texts that hold no key of Standard Webhooks, or none that keeps a forger out.
#[test]
fn a_key_that_is_none_is_refused() {
    const ZERO: &str = "whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const ONE: &str = "whpk_AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for scheme in SCHEMES.iter().filter(|scheme| scheme.keys != Keys::Text) {
        for (secret, fault) in [
            ("whpk_", "is no Ed25519 public key"),
            ("whpk_AAAA", "is no Ed25519 public key"),
            (ZERO, "is no Ed25519 public key"),
            (ONE, "is no Ed25519 public key"),
            ("whpk_!", "is not base64 behind `whpk_`"),
            ("whsec_!", "is not base64, with or without `whsec_` in front"),
            ("whsec_AA", "is not base64, with or without `whsec_` in front"),
            ("whsk_AAAA", "is a private key; whoever receives has the public one, which begins with `whpk_`"),
        ] {
            for position in 0..3 {
                let mut secrets = [1, 2, 3].map(|number| scheme.secret(&other_key(scheme, number)));
                secret.clone_into(&mut secrets[position]);
                let text = refused(scheme, secrets);
                let expected = format!("secret {} of 3 {fault}", position + 1);
                assert!(text.ends_with(&expected), "{secret}: {text}");
            }
        }
    }
}

/// The sender's key as its text, and the other way round, is another key.
#[tokio::test]
async fn an_hmac_key_and_a_public_key_never_stand_in_for_each_other() {
    let public = SCHEMES.iter().find(|scheme| scheme.keys == Keys::Whpk).unwrap();
    let hmac = SCHEMES.iter().find(|scheme| scheme.keys == Keys::Whsec).unwrap();
    let known = Secrets::from([public.secret(public.key), hmac.secret(hmac.key)]);
    let desk = (public.open)(known).unwrap();
    desk.set_time(END);
    for right in [public.sealed(), hmac.sealed()] {
        assert_eq!(desk.status(&right).await, 200);
    }
    // The one's private key as the other's.
    assert_eq!(desk.status(&hmac.letter().with_key(public.key).seal()).await, 401);
    let as_public = [hmac.key, &[0; 32]].concat();
    assert_eq!(desk.status(&public.letter().with_key(&as_public[..32]).seal()).await, 401);
}
