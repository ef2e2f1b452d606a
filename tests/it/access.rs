//! Access: lists and decisions agree on what one may see, and a key is its party's.

mod bounds;
pub mod yard;

use crate::gateway::Gateway;
use serde_json::json;

on_both_databases! {
    async fn a_key_is_the_tokens_party_s(database) {
        let gateway = Gateway::start(database).await;
        let content = serde_json::to_value(crate::day::content("SO-0001")).expect("an order");
        gateway.sandbox.erp.add_order(&crate::day::content("SO-0001"));
        let for_party = |party: &str| gateway.person("erp", "system:erp", &json!({ "party": party }));
        let replayed = async |party: &str| {
            let told = for_party(party).post("/process/orders/v1/orders", &content).key("one-key-for-all").await;
            assert!(told.status < 300, "{}", told.text());
            told.maybe("idempotent-replayed").is_some()
        };
        assert!(!replayed("pty_acme").await);
        assert!(replayed("pty_acme").await, "the same party's");
        assert!(!replayed("pty_globex").await, "another party's");
    }
}
