//! The developer pages: complete, without a token, and with nothing from outside.

use crate::{databases::Database, gateway::Gateway, people::Answered};
use axum::{body::Body, http::Request};
use haulgate::{docs::Persona, error::CATALOGUE};
use std::collections::BTreeSet;

async fn read(gateway: &Gateway, path: &str, tag: Option<&str>) -> Answered {
    let request = Request::get(path).header("if-none-match", tag.unwrap_or("\"none\""));
    gateway.knock(request.body(Body::empty()).expect("a request")).await
}

/// Where the page leads and what it loads.
fn doors(page: &str) -> impl Iterator<Item = String> {
    let attribute = |name: &'static str| page.split(name).skip(1).filter_map(|rest| rest.split('"').next());
    let to = attribute("href=\"").chain(attribute("src=\"")).chain(attribute("data-document=\""));
    to.filter(|to| !to.starts_with("data:") && !to.starts_with("mailto:"))
        .map(|to| to.split('#').next().unwrap_or_default().to_owned())
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_problem_type_leads_to_its_explanation() {
    let gateway = Gateway::start(Database::sqlite()).await;
    for entry in CATALOGUE {
        let page = read(&gateway, &format!("/docs/errors/{}", entry.code), None).await;
        assert_eq!(page.status, 200, "{}", entry.code);
        let text = page.text();
        assert!(text.contains(entry.code) && text.contains(&entry.type_uri()), "{} is not explained", entry.code);
        let kind = entry.type_uri();
        let is_ours = kind == format!("/docs/errors/{}", entry.code);
        assert!(
            is_ours || kind.starts_with("https://iana.org/assignments/http-problem-types#"),
            "{kind} leads elsewhere"
        );
    }
    let refused = read(&gateway, "/process/orders/v1/orders", None).await;
    let kind = refused.json()["type"].as_str().expect("a problem has a type").to_owned();
    assert_eq!(read(&gateway, &kind, None).await.status, 200, "{kind} of a real refusal leads nowhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_catalogue_says_of_every_contract_whose_it_is_and_where_it_stands() {
    let gateway = Gateway::start(Database::sqlite()).await;
    let home = read(&gateway, "/docs", None).await.text();
    for product in gateway.app.law().products() {
        let (name, entry) = (&product.name, &product.entry);
        let row = home.split("<tr>").find(|row| row.contains(&format!("/docs/contracts/{name}\"")));
        let row = row.unwrap_or_else(|| panic!("{name} is not listed"));
        assert!(row.contains(&entry.owner) && row.contains(entry.lifecycle.name()), "{name}: {row}");
        let page = read(&gateway, &format!("/docs/contracts/{name}"), None).await.text();
        assert!(page.contains(&entry.contact) && page.contains("<h2>Changelog</h2>"), "{name}");
    }
    assert!(home.contains("until <a href=\"/docs/lifecycle/experience/partner.v1\">2027-06-30"));
}

/// What would run or dress a page from within itself, which the pages' policy does not let it.
const INLINE: [&str; 5] = [" style=", "<style", " onclick=", " onload=", "javascript:"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_has_scripts_or_styles_of_its_own_or_loads_from_elsewhere() {
    let gateway = Gateway::start(Database::sqlite()).await;
    let pages =
        ["/docs", "/docs/reference/process/orders.v1", "/docs/contracts/experience/partner.v2", "/docs/changelog"];
    let audiences =
        ["erp", "dispatch", "driver", "partner", "control-room"].map(|one| format!("/docs/quickstart/{one}"));
    for path in pages.into_iter().map(str::to_owned).chain(audiences) {
        let page = read(&gateway, &path, None).await;
        assert_eq!(page.status, 200, "{path}");
        let policy = page.header("content-security-policy");
        assert!(!policy.contains("unsafe") && policy.starts_with("default-src 'none'"), "{path}: {policy}");
        let text = page.text();
        let markup = text.split("<pre").map(|part| part.split_once("</pre>").map_or(part, |(_, rest)| rest));
        let markup: String = markup.collect();
        assert!(!INLINE.iter().any(|word| markup.contains(word)), "{path} dresses itself");
        assert!(!markup.contains("src=\"http") && !markup.contains("href=\"http"), "{path} leads outside");
        let scripts = markup.matches("<script").count();
        assert_eq!(scripts, markup.matches("<script src=\"/docs/assets/").count(), "{path} has a script within");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_demo_lends_its_people_to_the_reference() {
    let gateway = Gateway::start(Database::sqlite()).await;
    let page = "/docs/reference/experience/partner.v2";
    assert!(!read(&gateway, page, None).await.text().contains("persona"));
    assert_eq!(read(&gateway, "/docs/personas/partner%20acme", None).await.status, 404);
    let acme = Persona { name: "partner acme".into(), consumer: "partner-acme", token: "a.b.c".into() };
    gateway.app.personas.introduce(vec![acme]);
    assert!(read(&gateway, page, None).await.text().contains("<option value=\"partner acme\">"));
    assert!(!read(&gateway, "/docs/reference/experience/driver.v1", None).await.text().contains("partner acme"));
    let lent = read(&gateway, "/docs/personas/partner%20acme", None).await;
    assert_eq!((lent.text().as_str(), lent.header("cache-control").as_str()), ("a.b.c", "no-store"));
}
