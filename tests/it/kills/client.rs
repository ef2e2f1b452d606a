//! A client that does not give up: it asks again under the same key, wherever the gateway is by then, until it is
//! answered; now and then it asks twice at once. A refusal that no trouble explains fails the story.

use super::{
    house::House,
    journal::{Answer, Asked},
};
use haulgate::system::{http, settings::Limits};
use rand::{Rng, SeedableRng, rngs::StdRng};
use reqwest::{Client, Method, header};
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeMap, time::Duration};
use tokio::time::timeout;

/// How often a call is made twice at once.
const TWICE: f64 = 0.05;
/// When it asks again, if it does not hear of another address sooner.
const PAUSE: Duration = Duration::from_millis(20);
/// Answers that mean: later.
const LATER: [u16; 3] = [429, 503, 504];

pub struct Caller<'h> {
    house: &'h House,
    client: Client,
    token: String,
    chance: RefCell<StdRng>,
}

impl<'h> Caller<'h> {
    pub fn new(house: &'h House, token: String, seed: u64) -> Self {
        let limits = Limits { timeout_ms: 30_000, ..Limits::default() };
        let client = http::client(&limits).build().expect("a plain client");
        Self { house, client, token, chance: RefCell::new(StdRng::seed_from_u64(seed)) }
    }

    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Value {
        self.insist(self.asked(Method::POST, path, Some(key), "application/json", body.to_string())).await
    }

    pub async fn put(&self, path: &str, key: &str, body: &Value) -> Value {
        self.insist(self.asked(Method::PUT, path, Some(key), "application/json", body.to_string())).await
    }

    /// Posts what has no key of its own: a sync.
    pub async fn post_bare(&self, path: &str, body: &Value) -> Value {
        self.insist(self.asked(Method::POST, path, None, "application/json", body.to_string())).await
    }

    pub async fn upload(&self, path: &str, media: &'static str, bytes: &[u8]) {
        self.insist(self.asked(Method::PUT, path, None, media, bytes)).await;
    }

    pub async fn get(&self, path: &str) -> Value {
        let asked = self.asked(Method::GET, path, None, "application/json", "");
        parsed(&self.until_answered(&asked).await)
    }

    pub fn asked(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        media: &'static str,
        body: impl Into<Vec<u8>>,
    ) -> Asked {
        let (path, token, key) = (path.to_owned(), self.token.clone(), key.map(str::to_owned));
        Asked { method, path, token, key, media, body: body.into() }
    }

    /// Until it is acknowledged, and the journal knows.
    async fn insist(&self, asked: Asked) -> Value {
        let twice = asked.key.is_some() && self.chance.borrow_mut().random_bool(TWICE);
        let answer = if twice {
            let (one, other) = tokio::join!(self.until_answered(&asked), self.until_answered(&asked));
            assert_eq!(text(&one), text(&other), "one key, two answers: {} {}", asked.method, asked.path);
            one
        } else {
            self.until_answered(&asked).await
        };
        self.house.journal.acknowledged(&asked, &answer);
        parsed(&answer)
    }

    pub async fn until_answered(&self, asked: &Asked) -> Answer {
        let mut address = self.house.address.subscribe();
        loop {
            let base = address.borrow_and_update().clone();
            // No answer says nothing: it may have been done or not, and the key makes asking again safe.
            if let Some(answer) = self.once(&base, asked).await {
                if (200..300).contains(&answer.status) {
                    return answer;
                }
                let body = parsed(&answer);
                let later = LATER.contains(&answer.status) || body["code"] == "in_progress";
                assert!(later, "{} {} was refused: {}", asked.method, asked.path, text(&answer));
            }
            drop(timeout(PAUSE, address.changed()).await);
        }
    }

    /// Asks one time; nothing if no whole answer came.
    pub async fn once(&self, base: &str, asked: &Asked) -> Option<Answer> {
        let mut request = self.client.request(asked.method.clone(), format!("{base}{}", asked.path));
        request = request.bearer_auth(&asked.token).header(header::CONTENT_TYPE, asked.media);
        if let Some(key) = &asked.key {
            request = request.header("idempotency-key", format!("\"{key}\""));
        }
        let response = request.body(asked.body.clone()).send().await.ok()?;
        let status = response.status().as_u16();
        let named = |name: &'static str| Some((name, response.headers().get(name)?.to_str().ok()?.to_owned()));
        let headers = BTreeMap::from_iter(["etag", "location"].into_iter().filter_map(named));
        let body = response.bytes().await.ok()?.to_vec();
        Some(Answer { status, headers, body })
    }
}

pub fn parsed(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

pub fn text(answer: &Answer) -> String {
    format!("{} {:?} {}", answer.status, answer.headers, String::from_utf8_lossy(&answer.body))
}
