//! The Cedar schema, generated from the types: audiences, what binds a consumer, kinds of resources, and one action for
//! each operation, grouped by contract, product and layer, and by whether it writes.

use super::resource::Kind;
use crate::{
    contract::{Contract, Operation, OperationKey, Registry},
    policy::consumer::Audience,
};
use std::collections::BTreeSet;

const OPENING: &str = "\
// What access.cedar may speak of: who asks, what for, and of which resource.
// Generated from src/policy/access/; not edited: `haulgate policies write` writes it.

// Who a consumer is to us.
";

const CALLERS: &str = "
// Whoever calls: a registered consumer, with what its token says. What it is not bound by is absent.
entity Consumer in [Audience] = {
    consumer: String,
    party?: String,
    regions?: Set<String>,
    driver?: String,
    carrier?: String,
};

// An operation's contract: the resource at the gate. Whether the consumer has subscribed to it, and whether the token
// has the scope that the operation asks for.
entity Contract = { subscribed: Bool, scoped: Bool };

// The resources of use cases. What one is not bound to is empty.
";

const GROUPS: &str = "
// Every operation is in the group of its nature, and in its contract's; a contract is in its product's, a product in
// its layer's.
action \"read\", \"write\";
";

/// `policies/access.cedarschema`, for these contracts.
pub fn schema(registry: &Registry) -> String {
    let audiences = Audience::ALL.iter().map(|audience| format!("\"{}\"", audience.name())).collect::<Vec<_>>();
    let mut text = format!("{OPENING}entity Audience enum [{}];\n{CALLERS}", audiences.join(", "));
    text.extend(Kind::ALL.iter().map(|kind| entity(*kind)));
    text.push_str(GROUPS);
    let layers: BTreeSet<_> = registry.contracts.iter().map(|contract| contract.layer.name()).collect();
    text.extend(layers.iter().map(|layer| format!("action \"{layer}\";\n")));
    let products: BTreeSet<_> =
        registry.contracts.iter().map(|contract| (contract.layer.name(), product(contract))).collect();
    text.extend(products.iter().map(|(layer, product)| format!("action \"{product}\" in [\"{layer}\"];\n")));
    text.extend(registry.contracts.iter().map(|contract| actions(contract)));
    text
}

/// The groups an operation is in, the narrowest first. Cedar is given them with every request.
pub(super) fn groups(contract: &Contract, operation: &Operation) -> [String; 4] {
    [contract.name(), product(contract), contract.layer.name().to_owned(), nature(operation).to_owned()]
}

/// A product in whatever version.
fn product(contract: &Contract) -> String {
    format!("{}/{}", contract.layer.name(), contract.product)
}

/// Whatever is not a GET writes.
fn nature(operation: &Operation) -> &'static str {
    if operation.method == "GET" { "read" } else { "write" }
}

fn entity(kind: Kind) -> String {
    let attributes = kind.attributes().iter().map(|attribute| format!("{}: String", attribute.name()));
    let attributes = attributes.collect::<Vec<_>>().join(", ");
    let body = if attributes.is_empty() { String::new() } else { format!(" = {{ {attributes} }}") };
    format!("//{}\nentity {}{body};\n", kind.meaning(), kind.name())
}

fn actions(contract: &Contract) -> String {
    let name = contract.name();
    let mut text = format!("\naction \"{name}\" in [\"{}\"];\n", product(contract));
    let kinds = Kind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
    for nature_of_these in ["read", "write"] {
        let these = contract.operations.iter().filter(|operation| nature(operation) == nature_of_these);
        let mut these: Vec<String> = these.map(|operation| format!("    \"{}\"", action(&operation.key))).collect();
        these.sort();
        if !these.is_empty() {
            text.push_str(&format!("action\n{}\n  in [\"{name}\", \"{nature_of_these}\"]\n", these.join(",\n")));
            text.push_str(&format!("  appliesTo {{ principal: Consumer, resource: [Contract, {kinds}] }};\n"));
        }
    }
    text
}

/// What an operation is called in `access.cedar`: as everywhere, its contract and its operationId.
pub(super) fn action(key: &OperationKey) -> String {
    key.to_string()
}
