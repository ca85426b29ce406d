//! Signatures of webhooks, by the Standard Webhooks specification.

use base64::{Engine, engine::general_purpose::STANDARD};
use model::{Fault, FaultKind, Secret, WriteKey};
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};

const PREFIX: &str = "whsec_";

/// How many bytes a key may have.
const SIZES: std::ops::RangeInclusive<usize> = 24..=64;

/// A key for signing what is sent.
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// Reads a key as it is written: `whsec_` and its bytes in base64.
    pub fn read(secret: &Secret) -> Result<Self, Fault> {
        let refused = || {
            Fault::new(FaultKind::Settings, "reading a webhook's secret")
                .hint("a secret is `whsec_` and 24 to 64 bytes in base64; leave it out, and one is made")
        };
        let digits = secret.reveal().trim();
        let digits = digits.strip_prefix(PREFIX).ok_or_else(refused)?;
        let bytes = STANDARD.decode(digits).map_err(|_| refused())?;
        match SIZES.contains(&bytes.len()) {
            true => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes))),
            false => Err(refused()),
        }
    }

    /// What the header `webhook-signature` says of a message that is sent then, in whole seconds.
    pub fn sign(&self, id: &str, second: i64, body: &str) -> String {
        let signed = format!("{id}.{second}.{body}");
        let tag = hmac::sign(&self.0, signed.as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

/// A new key, as it is written.
pub fn new_signing_secret() -> Result<Secret, Fault> {
    let bytes = chance::<32>()?;
    Ok(Secret::new(format!("{PREFIX}{}", STANDARD.encode(bytes))))
}

/// A new secret for a vendor to sign with, in base64.
pub fn new_shared_secret() -> Result<Secret, Fault> {
    Ok(Secret::new(STANDARD.encode(chance::<32>()?)))
}

/// A word for an address that nobody guesses.
pub fn new_address_word() -> Result<Secret, Fault> {
    Ok(Secret::new(hex::encode(chance::<24>()?)))
}

/// What a source's libraries send to say whose events they are.
pub fn new_write_key() -> Result<WriteKey, Fault> {
    Ok(WriteKey::new(hex::encode(chance::<16>()?)))
}

fn chance<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Fault::new(FaultKind::Unexpected, "making a secret"))?;
    Ok(bytes)
}

/// Whether these bytes are the HMAC-SHA256 of a body under a key; it takes as long for a near miss as for any other.
pub(crate) fn is_signed(key: &[u8], body: &[u8], tag: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), body, tag).is_ok()
}

/// The same for HMAC-SHA1, which one vendor still signs with.
pub(crate) fn is_signed_sha1(key: &[u8], body: &[u8], tag: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    hmac::verify(&key, body, tag).is_ok()
}

/// Whether a text is this secret; it takes as long for a near miss as for any other.
pub fn is_same(secret: &Secret, text: &str) -> bool {
    blake3::hash(secret.reveal().as_bytes()) == blake3::hash(text.as_bytes())
}

/// The bytes that hexadecimal digits say.
pub(crate) fn from_hex(digits: &str) -> Option<Vec<u8>> {
    hex::decode(digits).ok()
}

/// The bytes that base64 says.
pub(crate) fn from_base64(digits: &str) -> Option<Vec<u8>> {
    STANDARD.decode(digits).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // The example that the specification's own libraries are tested with.
        let key = SigningKey::read(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap();
        let signature = key.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn only_keys_of_some_length_are_taken() {
        for (text, expected) in [
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true),
            (" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", true),
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false),
            ("whsec_short", false),
            ("whsec_MfKQ", false),
            ("whsec_", false),
        ] {
            assert_eq!(SigningKey::read(&Secret::new(text)).is_ok(), expected, "{text}");
        }
        let (one, other) = (new_signing_secret().unwrap(), new_signing_secret().unwrap());
        assert!(SigningKey::read(&one).is_ok());
        assert_ne!(one.reveal(), other.reveal());
    }
}
