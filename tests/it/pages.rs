//! The developer pages: complete, without a token, and with nothing from outside.

use crate::{databases::Database, gateway::Gateway, people::Answered};
use axum::{body::Body, http::Request};
use haulgate::error::CATALOGUE;
use std::collections::BTreeSet;

async fn read(gateway: &Gateway, path: &str, tag: Option<&str>) -> Answered {
    let request = Request::get(path).header("if-none-match", tag.unwrap_or("\"none\""));
    gateway.knock(request.body(Body::empty()).expect("a request")).await
}

/// Where the page leads and what it loads.
fn doors(page: &str) -> impl Iterator<Item = String> {
    let attribute = |name: &'static str| page.split(name).skip(1).filter_map(|rest| rest.split('"').next());
    let to = attribute("href=\"").chain(attribute("src=\"")).chain(attribute("data-document=\""));
    to.filter(|to| !to.starts_with("data:")).map(|to| to.split('#').next().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_door_on_every_page_leads_somewhere_within_the_gateway() {
    let gateway = Gateway::start(Database::sqlite()).await;
    let (mut seen, mut ahead) = (BTreeSet::new(), vec!["/docs".to_owned(), "/openapi".to_owned()]);
    while let Some(path) = ahead.pop() {
        if path.is_empty() || !seen.insert(path.clone()) {
            continue;
        }
        assert!(path.starts_with('/'), "{path} lies outside");
        let page = read(&gateway, &path, None).await;
        assert_eq!(page.status, 200, "{path}");
        if page.header("content-type").starts_with("text/html") {
            assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"));
            ahead.extend(doors(&page.text()));
        }
        assert_eq!(read(&gateway, &path, Some(&page.header("etag"))).await.status, 304, "{path}");
    }
    for entry in CATALOGUE {
        assert!(seen.contains(&format!("/docs/errors/{}", entry.code)), "{} has no page", entry.code);
    }
}
