//! Sealing: secrets as they may lie in a database, in its backups and its replicas. AES-256-GCM under keys that are
//! derived (HKDF-SHA256, RFC 5869) from the settings; the newest key seals, all of them open.
//!
//! What is sealed is bound to where it belongs: copied elsewhere, it does not open.

use super::error::StoreError;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf::{HKDF_SHA256, Salt},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

/// What every sealed text begins with; no JSON text does.
const MARK: &str = "sealed:1:";
/// A shorter one could be guessed.
const SHORTEST_KEY: usize = 32;

/// Seals and opens.
#[derive(Debug)]
pub(super) struct Seal {
    /// Newest first.
    keys: Vec<Key>,
}

#[derive(Debug)]
struct Key {
    /// Says which key opens; tells nothing of it.
    name: String,
    key: RandomizedNonceKey,
}

impl Seal {
    /// The seal of these keys, newest first.
    pub(super) fn of(keys: &[SecretString]) -> Result<Self, StoreError> {
        let short = keys.iter().any(|key| key.expose_secret().len() < SHORTEST_KEY);
        if keys.is_empty() || short {
            let why = format!("database.sealing_keys: at least one, each of {SHORTEST_KEY} characters or more");
            return Err(StoreError::Unsafe(why));
        }
        Ok(Self { keys: keys.iter().map(Key::derived).collect() })
    }

    /// The text sealed, bound to `place`.
    pub(super) fn seal(&self, text: &[u8], place: &str) -> String {
        let Key { name, key } = &self.keys[0];
        let mut sealed = text.to_vec();
        let nonce =
            key.seal_in_place_append_tag(Aad::from(place), &mut sealed).expect("a text this short can be sealed");
        let whole = [nonce.as_ref().as_slice(), &sealed].concat();
        format!("{MARK}{name}:{}", URL_SAFE_NO_PAD.encode(whole))
    }

    /// What was sealed for `place`.
    pub(super) fn open(&self, sealed: &str, place: &str) -> Result<Vec<u8>, StoreError> {
        self.opened(sealed, place).ok_or_else(|| {
            StoreError::Unreadable(format!("what is sealed for {place} does not open with the keys set"))
        })
    }

    fn opened(&self, sealed: &str, place: &str) -> Option<Vec<u8>> {
        let (name, text) = sealed.strip_prefix(MARK)?.split_once(':')?;
        let Key { key, .. } = self.keys.iter().find(|key| key.name == name)?;
        let mut whole = URL_SAFE_NO_PAD.decode(text).ok()?;
        let nonce = Nonce::try_assume_unique_for_key(whole.get(..NONCE_LEN)?).ok()?;
        key.open_in_place(nonce, Aad::from(place), &mut whole[NONCE_LEN..]).ok().map(|text| text.to_vec())
    }
}

/// Whether these bytes are a sealed text.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(MARK.as_bytes())
}

impl Key {
    fn derived(secret: &SecretString) -> Self {
        let derived = Salt::new(HKDF_SHA256, b"haulgate").extract(secret.expose_secret().as_bytes());
        let bytes = |purpose: &[u8]| {
            let mut bytes = [0; 32];
            let purpose = [purpose];
            let derived = derived.expand(&purpose, HKDF_SHA256).and_then(|derived| derived.fill(&mut bytes));
            derived.expect("32 bytes can be derived");
            bytes
        };
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes(b"seal")).expect("the key has 32 bytes");
        Self { name: crate::ids::hexadecimal(&bytes(b"name")[..4]), key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(keys: &[&str]) -> Seal {
        let keys: Vec<_> = keys.iter().map(|key| SecretString::from(key.repeat(32))).collect();
        Seal::of(&keys).expect("long enough")
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_and_nowhere_else() {
        let seal = seal(&["a"]);
        let sealed = seal.seal(b"whsec_1", "whk_1");
        assert!(is_sealed(sealed.as_bytes()) && !sealed.contains("whsec_1"));
        assert_eq!(seal.open(&sealed, "whk_1").expect("opens"), b"whsec_1");
        assert!(seal.open(&sealed, "whk_2").is_err());
        assert_ne!(sealed, seal.seal(b"whsec_1", "whk_1"), "each time with a nonce of its own");
    }

    #[test]
    fn an_older_key_opens_until_it_is_taken_out() {
        let sealed = seal(&["a"]).seal(b"whsec_1", "whk_1");
        assert!(seal(&["b", "a"]).open(&sealed, "whk_1").is_ok());
        assert!(seal(&["b"]).open(&sealed, "whk_1").is_err());
    }

    #[test]
    fn what_was_changed_or_never_sealed_does_not_open() {
        let seal = seal(&["a"]);
        let sealed = seal.seal(b"whsec_1", "whk_1");
        let (head, last) = sealed.split_at(sealed.len() - 4);
        let changed = format!("{head}{}", if last == "AAAA" { "BBBB" } else { "AAAA" });
        for text in [changed.as_str(), head, "whsec_1", "sealed:1:", ""] {
            assert!(seal.open(text, "whk_1").is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_that_could_be_guessed_is_refused() {
        assert!(Seal::of(&[]).is_err());
        assert!(Seal::of(&["short".to_owned().into()]).is_err());
    }
}
