//! How a token is shown (RFC 6750): once, in the header, and what is answered to everything else.

use super::{VEHICLES, Yard};
use axum::{
    body::Body,
    http::{HeaderValue, Request, header::AUTHORIZATION},
};
use serde_json::json;

on_both_databases! {

async fn a_request_without_credentials_is_told_which_there_are(database) {
    let yard = Yard::open(database).await;
    // A scheme nobody speaks here says as little as none (RFC 6750, 3.1).
    for shown in [None, Some("Basic YW5hOmFuYQ=="), Some("Negotiate"), Some("")] {
        let answered = yard.knock(VEHICLES, shown.as_slice()).await;
        assert_eq!(answered.status, 401, "{shown:?}");
        answered.problem("credentials_missing");
        let challenges: Vec<_> = answered.headers.get_all("www-authenticate").iter().collect();
        let dpop = "DPoP realm=\"haulgate\", algs=\"ES256 EdDSA PS256 RS256\"";
        assert_eq!(challenges, ["Bearer realm=\"haulgate\"", dpop]);
    }
}

async fn credentials_that_cannot_be_read_are_a_malformed_request(database) {
    let yard = Yard::open(database).await;
    let token = yard.token(json!({}));
    let good = format!("Bearer {token}");
    yard.knock(VEHICLES, &[&good]).await.ok();
    yard.knock(VEHICLES, &[&format!("bEaReR {token}")]).await.ok();
    for shown in [
        vec![good.clone(), good.clone()],
        vec![good.clone(), "Basic YW5hOmFuYQ==".into()],
        vec!["Bearer".into()],
        vec!["Bearer ".into()],
        vec![format!("Bearer  {token}")],
        vec![format!("Bearer {token} ")],
        vec![format!("Bearer\t{token}"), good.clone()],
        vec![format!("Bearer {token} {token}")],
        vec![format!("Bearer {token},Bearer {token}")],
        vec![format!("Bearer \"{token}\"")],
        vec![format!("Bearer ={token}")],
        vec![format!("Bearer {}", token.replace('.', "\t."))],
        vec!["Bearer ==".into()],
        vec!["Bearer t\u{f6}ken".into()],
    ] {
        let shown: Vec<_> = shown.iter().map(String::as_str).collect();
        yard.malformed(VEHICLES, &shown).await;
    }
}

async fn a_token_in_the_query_string_is_refused(database) {
    let yard = Yard::open(database).await;
    let token = yard.token(json!({}));
    for query in [format!("access_token={token}"), "limit=1&access_token=x".to_owned(), "access_token".to_owned()] {
        let path = format!("{VEHICLES}?{query}");
        yard.malformed(&path, &[]).await;
        yard.malformed(&path, &[&format!("Bearer {token}")]).await;
    }
}

async fn a_scope_that_is_missing_is_named(database) {
    let yard = Yard::open(database).await;
    for scope in [json!(null), json!(""), json!("master-data:readx"), json!("Master-Data:Read")] {
        let answered = yard.shows(&yard.token(json!({"scope": scope}))).await;
        assert_eq!(answered.status, 403);
        answered.problem("scope_insufficient");
        let challenge = "Bearer realm=\"haulgate\", error=\"insufficient_scope\", scope=\"master-data:read\"";
        assert_eq!(answered.header("www-authenticate"), challenge);
    }
}

}

impl Yard {
    async fn knock(&self, path: &str, shown: &[&str]) -> crate::people::Answered {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        for one in shown {
            request.headers_mut().append(AUTHORIZATION, HeaderValue::from_bytes(one.as_bytes()).unwrap());
        }
        self.gateway.knock(request).await
    }

    async fn malformed(&self, path: &str, shown: &[&str]) {
        let answered = self.knock(path, shown).await;
        assert_eq!(answered.status, 400, "{path} {shown:?}: {}", answered.text());
        answered.problem("credentials_ambiguous");
        let challenge = "Bearer realm=\"haulgate\", error=\"invalid_request\"";
        assert_eq!(answered.header("www-authenticate"), challenge);
    }
}
