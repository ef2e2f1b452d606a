//! An OpenID provider in miniature: discovery, keys, and ES256 access tokens (`at+jwt`) minted for whoever asks in
//! process. Its key stays in a directory, so that another process can mint for a running demo.

use super::{
    SandboxOptions,
    faults::{Faults, Target},
    serve,
};
use crate::{clock::Clock, ids, spawn::Background};
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use axum::{Json, Router, routing::get};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use std::{fs, io, path::Path, sync::Arc};

const KEY_FILE: &str = "issuer.pem";
const ADDRESS_FILE: &str = "issuer.url";
const TOKEN_SECONDS: i64 = 3_600;

#[derive(Clone)]
pub struct Issuer {
    url: String,
    key: Arc<EcdsaKeyPair>,
    clock: Clock,
}

impl Issuer {
    pub(super) async fn start(background: &Background, faults: &Faults, options: &SandboxOptions) -> io::Result<Self> {
        fs::create_dir_all(&options.directory)?;
        let key = Arc::new(kept_key(&options.directory)?);
        let routes = Router::new()
            .route(
                "/jwks",
                get({
                    let keys = jwks(&key);
                    async move || Json(keys)
                }),
            )
            .route(
                "/.well-known/openid-configuration",
                get(async |headers: axum::http::HeaderMap| {
                    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
                    Json(discovery(&format!("http://{host}")))
                }),
            );
        let url = serve::with_faults(background, routes, faults, Target::Issuer).await?;
        fs::write(options.directory.join(ADDRESS_FILE), &url)?;
        Ok(Self { url, key, clock: options.clock.clone() })
    }

    /// The issuer that a running sandbox keeps in this directory.
    pub fn of_running(directory: &Path) -> io::Result<Self> {
        let url = fs::read_to_string(directory.join(ADDRESS_FILE))?.trim().to_owned();
        Ok(Self { url, key: Arc::new(kept_key(directory)?), clock: Clock::System })
    }

    /// The `iss` of its tokens.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn jwks_url(&self) -> String {
        format!("{}/jwks", self.url)
    }

    /// An access token with these claims. `iss`, `iat`, `exp` (an hour) and `jti` are added where they are not given;
    /// a claim given as null is left out.
    pub fn token(&self, claims: &Value) -> String {
        let now = self.clock.now().as_second();
        let mut all = json!({"iss": self.url, "iat": now, "exp": now + TOKEN_SECONDS, "jti": ids::fresh_token()});
        for (name, value) in claims.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        if let Some(all) = all.as_object_mut() {
            all.retain(|_, value| !value.is_null());
        }
        self.sign(&json!({"alg": "ES256", "typ": "at+jwt", "kid": kid(&self.key)}), &all)
    }

    /// For tests that need a token no honest issuer would write.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let content = format!("{}.{}", encode(header), encode(claims));
        let signature = self.key.sign(&SystemRandom::new(), content.as_bytes()).expect("a P-256 key signs any bytes");
        format!("{content}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn discovery(url: &str) -> Value {
    json!({
        "issuer": url, "jwks_uri": format!("{url}/jwks"), "token_endpoint": format!("{url}/token"),
        "response_types_supported": ["none"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    })
}

fn jwks(key: &EcdsaKeyPair) -> Value {
    // An uncompressed point: 4, then both coordinates.
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    json!({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid(key), "x": x, "y": y}]})
}

fn kid(key: &EcdsaKeyPair) -> String {
    ids::hexadecimal(&digest(&SHA256, key.public_key().as_ref()).as_ref()[..8])
}

fn kept_key(directory: &Path) -> io::Result<EcdsaKeyPair> {
    let file = directory.join(KEY_FILE);
    let unusable = |why: &str| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", file.display()));
    let der = match fs::read_to_string(&file) {
        Ok(pem) => STANDARD.decode(pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>()),
        Err(_) => {
            let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| unusable("no key made"))?;
            let der = key.to_pkcs8v1().map_err(|_| unusable("no key made"))?.as_ref().to_vec();
            fs::write(&file, pem(&der))?;
            Ok(der)
        }
    };
    let der = der.map_err(|_| unusable("not PEM"))?;
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).map_err(|_| unusable("not a P-256 key"))
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}
