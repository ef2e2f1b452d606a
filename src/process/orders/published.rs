//! Orders against the published schema, where they do not come as a request's whole body: as a line of a bulk release,
//! or put together from an amendment.

use crate::{
    app::App,
    domain::order::OrderContent,
    error::{Error, Pointed},
};
use serde_json::Value;

const CONTRACT: &str = "process/orders.v1";

/// The order this value is, if it keeps to the contract.
pub(super) fn as_published(app: &App, value: Value) -> Result<OrderContent, Error> {
    let law = app.law();
    let contract = law.registry.contract(CONTRACT).expect("this is the contract these operations are declared in");
    let departures = app.schemas.check_named(contract, "OrderContent", &value);
    if !departures.is_empty() {
        let errors = departures.iter().map(|one| Pointed::new(&one.pointer, &one.detail)).collect();
        return Err(violation(errors));
    }
    serde_json::from_value(value).map_err(|error| violation(vec![Pointed::new("", &error.to_string())]))
}

fn violation(errors: Vec<Pointed>) -> Error {
    let detail = "The order does not keep to the contract; the errors name each place.".into();
    Error::Invalid { code: "schema_violation", detail, errors }
}
