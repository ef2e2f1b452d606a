//! Bounds at every door: whatever the documents bound, one more is refused. And bodies made to be dear: a million members,
//! a hundred thousand levels, numbers without end.

use super::{Door, every_door, patient_gateway, sample::sample};
use serde_json::{Value, json};

on_both_databases! {

async fn whatever_a_body_bounds_one_more_is_refused(database) {
    let gateway = patient_gateway(database).await;
    let mut bounds = 0;
    for door in every_door(&gateway).into_iter().filter(|door| door.operation.takes_json) {
        let (media, body) = door.body().expect("a body");
        let body: Value = serde_json::from_slice(&body).expect("it takes JSON");
        for (place, large) in overstepped(&door, &body) {
            let answer = door.knock(&gateway).bytes(&media, large.to_string()).await;
            // What is too long as a text may make the body too large as a whole; an item of a batch is refused by itself.
            let refused = [413, 422].contains(&answer.status) || answer.text().contains("\"code\":\"schema_violation\"");
            // A patch is merged before it is held against the schema: without a resource there is nothing to hold.
            let nothing_there = answer.status == 404 && door.operation.method == "PATCH";
            assert!(refused || nothing_there, "{} took too much at {place}: {}", door.name(), answer.text());
            bounds += 1;
        }
    }
    assert!(bounds > 100, "only {bounds} bounds were overstepped");
}

async fn whatever_a_query_bounds_one_more_is_refused(database) {
    let gateway = patient_gateway(database).await;
    let mut bounds = 0;
    for door in every_door(&gateway) {
        for parameter in door.parameters("query") {
            let (name, schema) = (parameter["name"].as_str().expect("a name"), door.followed(&parameter["schema"]));
            let more = |bound: &str, by: i64| schema[bound].as_i64().map(|bound| (bound + by).to_string());
            let long = schema["maxLength"].as_u64().map(|most| "x".repeat(usize::try_from(most).expect("small") + 1));
            for value in [more("maximum", 1), more("minimum", -1), long].into_iter().flatten() {
                let answer = door.knock_at(&door.visitor(&gateway, &json!({})), &format!("{}?{name}={value}", door.path())).await;
                let problem = answer.problem("malformed_parameter");
                assert_eq!(problem["errors"][0]["pointer"], format!("#query/{name}"), "{}", door.name());
                bounds += 1;
            }
        }
    }
    assert!(bounds > 30, "only {bounds} bounds were overstepped");
}

async fn a_path_bounds_its_ids(database) {
    let gateway = patient_gateway(database).await;
    for door in every_door(&gateway).into_iter().filter(|door| door.operation.path.contains('{')) {
        let last = door.parameters("path").last().expect("an id")["name"].as_str().expect("a name");
        let long = door.operation.path.replace(&format!("{{{last}}}"), &"x".repeat(300));
        let long = long.replace(['{', '}'], "");
        door.knock_at(&door.visitor(&gateway, &json!({})), &long).await.problem("malformed_parameter");
    }
}

async fn a_body_that_is_made_to_be_dear_is_refused_cheaply(database) {
    let gateway = patient_gateway(database).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let wide = format!("[{}0]", "0,".repeat(1_000_000));
    let members: String = (0..100_000).map(|number| format!("\"m{number}\":0,")).collect();
    let members = format!("{{{members}\"last\":0}}");
    let digits = format!("{{\"revision\":1{}}}", "0".repeat(10_000_000));
    let fraction = format!("{{\"revision\":0.{}1}}", "0".repeat(1_000_000));
    for door in every_door(&gateway).into_iter().filter(|door| door.operation.takes_json) {
        let media = door.body().expect("a body").0;
        for (name, dear) in [
            ("deep", &deep), ("deep objects", &objects), ("wide", &wide), ("members", &members), ("digits", &digits),
            ("fraction", &fraction),
        ] {
            let answer = door.knock(&gateway).bytes(&media, dear.as_bytes()).await;
            assert!([400, 413, 422].contains(&answer.status), "{} took {name}: {}", door.name(), answer.text());
            assert!(answer.body.len() < 20_000, "{} told of {name} at length: {}", door.name(), answer.body.len());
        }
    }
}

async fn an_array_with_many_things_wrong_is_told_of_one(database) {
    let gateway = patient_gateway(database).await;
    let mut arrays = 0;
    let roomy = |door: &Door| door.operation.takes_json && door.policy.body_limit > 128 * 1024;
    for door in every_door(&gateway).into_iter().filter(roomy) {
        let (media, body) = door.body().expect("a body");
        let body: Value = serde_json::from_slice(&body).expect("it takes JSON");
        for (name, _) in body.as_object().into_iter().flatten().filter(|(_, value)| value.is_array()) {
            // Each wrong by itself, and together no more than the body may hold.
            let most = 100_000.min(door.policy.body_limit / 16);
            let mut wrong = body.clone();
            wrong[name] = vec![json!(0); most].into();
            let answer = door.knock(&gateway).bytes(&media, wrong.to_string()).await;
            let problem = answer.problem("schema_violation");
            assert_eq!(problem["errors"].as_array().map(Vec::len), Some(1), "{} {name}", door.name());
            // And more than it may hold.
            wrong[name] = vec![json!(0); door.policy.body_limit / 8].into();
            door.knock(&gateway).bytes(&media, wrong.to_string()).await.problem("json_not_taken");
            arrays += 1;
        }
    }
    assert!(arrays > 5, "only {arrays} arrays were filled");
}

}

/// The body with one thing in it that is larger than the document allows, for each that has a bound; and where.
fn overstepped(door: &Door, body: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    let schema = door.schema().clone();
    walk(door, &schema, body, String::new(), &mut places);
    let put = |(place, value): (String, Value)| {
        let mut large = body.clone();
        let (parent, member) = place.rsplit_once('/')?;
        let parent = large.pointer_mut(parent)?;
        match parent {
            Value::Array(items) => *items.get_mut(member.parse::<usize>().ok()?)? = value,
            parent => parent[member] = value,
        }
        Some((place, large))
    };
    places.into_iter().filter_map(put).collect()
}

fn walk(door: &Door, schema: &Value, value: &Value, place: String, places: &mut Vec<(String, Value)>) {
    let schema = door.followed(schema);
    let longest = |bound: &str| schema[bound].as_u64().and_then(|bound| usize::try_from(bound).ok());
    if let Some(most) = longest("maxLength") {
        places.push((place.clone(), "x".repeat(most + 1).into()));
    }
    if let Some(most) = longest("maxItems") {
        let item = value[0].clone();
        let item = if item.is_null() { sample(&door.contract.document, &schema["items"]) } else { item };
        places.push((place.clone(), vec![item; most + 1].into()));
    }
    if let Some(most) = schema["maximum"].as_i64() {
        places.push((place.clone(), most.saturating_add(1).into()));
    }
    // Of several choices only what was chosen has a bound.
    let chosen = |one: &&Value| {
        let mut needed = door.followed(one)["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        needed.all(|name| value.get(name).is_some())
    };
    let choices = ["allOf", "oneOf", "anyOf"].iter().flat_map(|kind| schema[kind].as_array().into_iter().flatten());
    for one in choices.filter(chosen) {
        walk(door, one, value, place.clone(), places);
    }
    for (name, one) in schema["properties"].as_object().into_iter().flatten() {
        walk(door, one, &value[name], format!("{place}/{name}"), places);
    }
    if value.get(0).is_some() {
        walk(door, &schema["items"], &value[0], format!("{place}/0"), places);
    }
}
