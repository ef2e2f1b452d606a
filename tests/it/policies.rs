//! The policies: what stands in the files is what governs, and a file that says less, more or something else is refused.

use haulgate::{
    contract::Registry,
    policy::{Law, Mistakes, PolicyFiles, effective, explain, schema_of, schemas},
    router,
};
use jiff::Timestamp;
use std::{fs, path::Path, sync::LazyLock};

fn join(files: &PolicyFiles) -> Result<Law, Mistakes> {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(router::registry);
    Law::join(REGISTRY.clone(), files)
}

fn toml_files(files: &PolicyFiles) -> Vec<(String, String)> {
    let own = |path: &str| path.ends_with(".toml") && !path.starts_with("tests/");
    files.all().filter(|(path, _)| own(path)).map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

/// Where each line stands for itself, one can be taken away without leaving a gap: rows of lists, subscriptions, and
/// thresholds by currency.
fn may_go(file: &str, line: &str) -> bool {
    let row = line.starts_with(' ') || line == "]";
    let subscription = file == "consumers.toml" && line.starts_with('"');
    let threshold = file == "proof.toml" && line.starts_with(|first: char| first.is_ascii_uppercase());
    row || subscription || threshold
}

#[test]
fn removing_any_line_of_any_policy_stops_the_start() {
    let files = PolicyFiles::embedded();
    let (mut tried, mut unnoticed) = (0, Vec::new());
    for (file, text) in toml_files(&files) {
        let lines: Vec<_> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if line.is_empty() || line.starts_with('#') || may_go(&file, line) {
                continue;
            }
            let rest: Vec<_> =
                lines.iter().enumerate().filter(|(at, _)| *at != number).map(|(_, line)| *line).collect();
            tried += 1;
            match join(&files.clone().with(&file, &(rest.join("\n") + "\n"))) {
                Err(Mistakes(all)) if all.iter().any(|mistake| mistake.contains(&format!("policies/{file}"))) => {}
                other => unnoticed.push(format!("{file}:{}: {line}: {:?}", number + 1, other.err())),
            }
        }
    }
    assert!(tried > 700, "only {tried} lines were tried");
    assert!(unnoticed.is_empty(), "{} of {tried} lines can go unnoticed:\n{}", unnoticed.len(), unnoticed.join("\n"));
}

#[test]
fn every_mistake_is_listed_with_its_file_and_line() {
    let files = PolicyFiles::embedded();
    let orders = files.get("operations/process-orders.v1.toml").expect("the policies of orders");
    let orders = orders
        .replace("[get_order]", "[fetch_order]")
        .replacen("scope = \"orders:write\"\n", "scop = \"orders:write\"\n", 1)
        .replacen("audit = \"none\"", "audit = \"some\"", 1);
    let routes = files.get("operations/process-routes.v1.toml").expect("the policies of routes");
    let routes = routes.replace("[list_routes]", "[find_routes]").replace("= \"refuse\"", "= \"hold\"");
    let wrong = files
        .with("operations/process-orders.v1.toml", &orders)
        .with("operations/process-routes.v1.toml", &routes)
        .with("quotas.toml", "plain = 1\nplain = 2\n");
    let Mistakes(mistakes) = join(&wrong).expect_err("it is refused");
    for expected in [
        "policies/operations/process-orders.v1.toml:4: release_order: scope is missing",
        "policies/operations/process-orders.v1.toml:5: release_order.scop: there is no such field",
        "policies/operations/process-orders.v1.toml:20: list_orders.audit: \"some\" is not one of",
        "process/routes.v1 list_routes (GET /process/routes/v1/routes) has no policy",
        "find_routes: process/routes.v1 has no such operation",
        "request_plan.on_unavailable: the operation can only refuse",
        "policies/quotas.toml:2: ",
    ] {
        assert!(mistakes.iter().any(|mistake| mistake.contains(expected)), "{expected} in {mistakes:#?}");
    }
}

#[test]
fn what_does_not_apply_to_an_operation_is_a_mistake_too() {
    let files = PolicyFiles::embedded();
    let file = "operations/system-warehouse.v1.toml";
    let text = files.get(file).expect("the policies of the warehouse").to_owned();
    let more = "idempotency = \"required\"\nbody_limit = 1\non_unavailable = \"hold\"\n";
    let Mistakes(mistakes) = join(&files.with(file, &(text + more))).expect_err("it is refused");
    for field in ["idempotency", "body_limit", "on_unavailable"] {
        let told = format!("get_pick_status.{field}: does not apply");
        assert!(mistakes.iter().any(|mistake| mistake.contains(&told)), "{told} in {mistakes:#?}");
    }
    assert!(mistakes.iter().any(|mistake| mistake.contains("retention_hours is missing")), "{mistakes:#?}");
}

#[test]
fn what_the_policies_come_to_is_written_down_for_review() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let law = join(&PolicyFiles::embedded()).expect("the policies meet the contracts");
    let written = fs::read_to_string(folder.join("effective.txt")).unwrap_or_default();
    let hint = "policies/effective.txt differs from the policies: run `cargo run -- policies write`";
    assert_eq!(written, effective(&law), "{hint}");
}

#[test]
fn every_rule_that_applies_to_a_call_is_named_with_its_file_and_line() {
    let files = PolicyFiles::embedded();
    let law = join(&files).expect("the policies meet the contracts");
    let now: Timestamp = "2026-11-24T08:00:00Z".parse().expect("an instant");
    let explained = explain(&law, "partner-acme", "track_shipment", None, now).expect("both are there");
    assert_eq!(explained.len(), 2, "two contracts have it");
    for rule in explained.iter().flat_map(|one| &one.rules) {
        let text = files.get(&rule.place.file).expect("the file is there");
        let line = text.lines().nth(rule.place.line - 1).expect("the line is there");
        let of = |word: &str| line.contains(word);
        let stands = match rule.about {
            "subscription" => of("partner.v") || of("contracts"),
            "caller" => of("audience"),
            "access" => of("@id(") || rule.says.starts_with("nothing permits"),
            "quota" => of("burst") || of("sustained"),
            "body" => of("body_limit"),
            "once" => of("idempotency"),
            "away" => of("on_unavailable"),
            about => of(about),
        };
        assert!(stands, "{rule:?} stands in {line:?}");
    }
    let theirs = Some("Shipment party=pty_globex region=reg_north");
    let denied =
        explain(&law, "partner-acme", "experience/partner.v2 track_shipment", theirs, now).expect("it is there");
    assert_eq!(denied[0].refused.as_ref().map(|(code, _)| code.as_str()), Some("access_denied"));
    assert!(explain(&law, "partner-acme", "track_shipment", Some("Parcel"), now).is_err());
    assert!(explain(&law, "nobody", "track_shipment", None, now).is_err());
    assert!(explain(&law, "partner-acme", "teleport_shipment", None, now).is_err());
    let [stranger] = &explain(&law, "partner-acme", "release_order", None, now).expect("both are there")[..] else {
        panic!()
    };
    assert_eq!(stranger.refused.as_ref().map(|(code, _)| code.as_str()), Some("contract_not_subscribed"));
}

#[test]
fn editors_know_every_policy_file_by_its_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let differs = |(path, text): &&(String, String)| fs::read_to_string(folder.join(path)).ok().as_ref() != Some(text);
    let stale: Vec<_> = schemas().iter().filter(differs).map(|(path, _)| path.clone()).collect();
    assert!(stale.is_empty(), "policies/ differs from the code: run `cargo run -- policies write`: {stale:?}");
    for (file, text) in toml_files(&PolicyFiles::embedded()) {
        let up = if file.contains('/') { "../" } else { "" };
        let named = format!("#:schema {up}{}", schema_of(&file));
        assert_eq!(text.lines().next(), Some(named.as_str()), "the first line of policies/{file}");
    }
}
