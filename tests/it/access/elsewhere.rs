//! What is another's answers exactly like what nobody has, at every door and wherever it is named; and nothing that is
//! told to strangers names it.

use super::{
    acmes::Acmes,
    personas::{owner, strangers},
};
use crate::{
    doors::{Door, every_door, patient_gateway},
    gateway::Gateway,
    people::Answered,
};
use axum::http::Method;
use serde_json::Value;

/// Items are of no party and no region.
const EVERYBODYS: [&str; 2] = ["system/master-data.v1 get_item", "system/master-data.v1 put_item"];
/// An id that keeps to the form of all of them, and is nobody's.
const NOBODYS: &str = "nobody_has_it";

on_both_databases! {

async fn anothers_answers_like_nobodys_at_every_path(database) {
    let gateway = patient_gateway(database).await;
    let acmes = Acmes::day(&gateway).await;
    let names = |door: &Door| door.operation.path.contains('{') && !EVERYBODYS.contains(&door.name().as_str());
    let (mut hidden, mut wrong) = (0, Vec::new());
    for door in every_door(&gateway).into_iter().filter(names) {
        let (theirs, nobodys) = (acmes.path(&door), door.path());
        wrong.extend(missing_for_its_owner(&gateway, &door, &theirs).await);
        for stranger in strangers(&gateway, &door) {
            let anothers = told(&door.knock_at(&stranger, &theirs).await, &theirs);
            let missing = told(&door.knock_at(&stranger, &nobodys).await, &nobodys);
            if anothers != missing {
                wrong.push(format!("{}: {anothers:?} is not {missing:?}", door.name()));
            }
            hidden += usize::from(anothers.0 == 404);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(hidden > 30, "only {hidden} doors hide something");
}

async fn anothers_answers_like_nobodys_in_every_body(database) {
    let gateway = patient_gateway(database).await;
    let acmes = Acmes::day(&gateway).await;
    let (mut named, mut wrong) = (0, Vec::new());
    for door in every_door(&gateway).into_iter().filter(|door| door.operation.takes_json) {
        let (media, body) = door.body().expect("a body");
        let body: Value = serde_json::from_slice(&body).expect("it takes JSON");
        let both = acmes.put_into(&body, None).zip(acmes.put_into(&body, Some(NOBODYS)));
        let Some((theirs, nobodys)) = both else { continue };
        let path = if EVERYBODYS.contains(&door.name().as_str()) { continue } else { door.path() };
        for stranger in strangers(&gateway, &door) {
            let say = async |body: &Value| {
                let body = Some((media.clone(), body.to_string().into_bytes()));
                told(&door.knock_with(&stranger, &path, body).await, NOBODYS)
            };
            let (anothers, missing) = (say(&theirs).await, say(&nobodys).await);
            let anothers = (anothers.0, without(&acmes, anothers.1));
            if anothers != missing {
                wrong.push(format!("{}: {anothers:?} is not {missing:?}", door.name()));
            }
            named += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(named > 8, "only {named} bodies name something");
}

async fn nothing_that_strangers_read_names_what_is_anothers(database) {
    let gateway = patient_gateway(database).await;
    let acmes = Acmes::day(&gateway).await;
    let read = |door: &Door| door.method() == Method::GET && !door.operation.path.ends_with("/follow");
    let (mut answered, mut told) = (0, Vec::new());
    for door in every_door(&gateway).into_iter().filter(read) {
        let questions = acmes.queries(&door).into_iter().map(|query| format!("{}?{query}", acmes.path(&door)));
        for question in [acmes.path(&door)].into_iter().chain(questions) {
            for stranger in strangers(&gateway, &door) {
                let answer = stranger.get(&question).await;
                let text = answer.text();
                let leaked = acmes.secrets().filter(|id| text.contains(*id) && !question.contains(*id));
                told.extend(leaked.map(|id| format!("{question} tells of {id}: {text}")));
                answered += usize::from(answer.status == 200);
            }
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert!(answered > 40, "only {answered} questions were answered");
}

}

/// What is hidden from others is there for whose it is.
async fn missing_for_its_owner(gateway: &Gateway, door: &Door, theirs: &str) -> Option<String> {
    if door.method() != Method::GET {
        return None;
    }
    let status = door.knock_at(&owner(gateway, door), theirs).listen().await.status();
    (!status.is_success()).then(|| format!("{}: {status} for whose it is", door.name()))
}

/// What an answer tells: its status, and all of its body but the names that were asked for and those made for it.
pub fn told(answer: &Answered, path: &str) -> (u16, Value) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let asked: Vec<_> = path.split('/').filter(|segment| segment.len() > 2).collect();
    (answer.status, outline(body, &asked))
}

fn outline(value: Value, asked: &[&str]) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match name.as_str() {
                "trace_id" | "event" | "exception" | "quarantine" => (name, Value::Null),
                _ => (name, outline(value, asked)),
            })
            .collect(),
        Value::Array(values) => values.into_iter().map(|value| outline(value, asked)).collect(),
        Value::String(text) => asked.iter().fold(text, |text, asked| text.replace(asked, "…")).into(),
        other => other,
    }
}

/// The same, without what is Acme's.
fn without(acmes: &Acmes, told: Value) -> Value {
    let names: Vec<_> = ["order", "shipment", "stop", "route", "driver", "vehicle", "exception", "webhook", "zone"]
        .into_iter()
        .filter_map(|name| acmes.named(name))
        .collect();
    outline(told, &names)
}
