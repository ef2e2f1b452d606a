//! How one kind of master data is kept: what the owning system wrote, under its own revision.

use crate::{
    app::App,
    domain::{
        master::{Master, Record},
        refused::Refused,
    },
    error::Error,
    policy::{Call, Kind, Viewer},
    process::{Case, Page, Settled, decide, listed},
    reply::{Reply, answer, tagged},
    store::{Answer, Query},
};
use serde_json::Value;

/// The doors of one kind: put, get and list.
macro_rules! kept {
    ($module:ident: $Kind:ident as $record:path, $kind:literal, $all:literal, $one:literal,
     put $put:ident = $put_id:literal, get $get:ident = $get_id:literal, list $list:ident = $list_id:literal) => {
        pub mod $module {
            use super::{Record, kept, $Kind};
            use crate::{
                app::App,
                body::{Body, Path, Query},
                error::Error,
                policy::Call,
                process::{Page, Settled},
                reply::Reply,
            };
            use axum::extract::State;
            use serde::{Deserialize, Serialize};
            use utoipa::ToSchema;

            /// A record and the owning system's revision of it
            #[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
            #[serde(deny_unknown_fields)]
            #[schema(as = $module::Put)]
            pub struct Put {
                /// Counted by the owning system; an older one than the one known is refused.
                #[schema(minimum = 1)]
                pub revision: u64,
                pub record: $Kind,
            }

            /// A page of records
            #[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
            #[schema(as = $module::Listed)]
            pub struct Listed {
                #[schema(max_items = 200)]
                pub items: Vec<Put>,
                /// The cursor of the next page; absent on the last one.
                #[schema(max_length = 400)]
                pub next: Option<String>,
            }

            /// Write a record
            ///
            /// The owning system writes. The same revision with the same record changes nothing; an older revision is
            /// refused with `stale_revision`.
            #[utoipa::path(
                                put, path = $one, operation_id = $put_id, tag = "master-data",
                                params(("id" = String, Path, description = "The record's id", max_length = 96)),
                                request_body = Put,
                                responses((status = 200, description = "The record as it is kept", body = Put,
                                    headers(("ETag" = String, description = "The version in Haulgate's books"))))
                            )]
            pub async fn $put(
                State(app): State<App>,
                call: Call,
                Path(id): Path<String>,
                Body(put): Body<Put>,
            ) -> Result<Settled<i64>, Error> {
                let Put { revision, record } = put;
                kept::write(&app, &call, $kind, &id, revision, record.id.as_ref(), $record(record.clone())).await
            }

            /// Read a record
            #[utoipa::path(
                                get, path = $one, operation_id = $get_id, tag = "master-data",
                                params(("id" = String, Path, description = "The record's id", max_length = 96)),
                                responses(
                                    (status = 200, description = "The record as it is kept", body = Put,
                                        headers(("ETag" = String, description = "The version in Haulgate's books"))),
                                    (status = 304, description = "The record has not changed")
                                )
                            )]
            pub async fn $get(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Reply, Error> {
                kept::read(&app, &call, $kind, &id).await
            }

            /// List records, newest first
            #[utoipa::path(
                                get, path = $all, operation_id = $list_id, tag = "master-data",
                                params(Page),
                                responses((status = 200, description = "A page of records", body = Listed,
                                    headers(("Link" = Option<String>, description = "The next page, `rel=\"next\"`; absent on the last one"))))
                            )]
            pub async fn $list(State(app): State<App>, call: Call, Query(page): Query<Page>) -> Result<Reply, Error> {
                kept::list(&app, &call, $kind, $all, &page).await
            }
        }
    };
}

pub(super) use kept;

pub(super) async fn write(
    app: &App,
    call: &Call,
    kind: &'static str,
    id: &str,
    revision: u64,
    named: &str,
    record: Record,
) -> Result<Settled<i64>, Error> {
    if named != id {
        return Err(Refused::new("content_invalid", "the record's id is not the path's").at("/record/id").into());
    }
    let (case, viewer, key) = (Case::of(call), Viewer::of(call), format!("{kind}:{id}"));
    let master = Master { id: key.clone(), revision, record };
    if !viewer.sees(&master) {
        return Err(not_yours());
    }
    viewer.meets_here(&master)?;
    let word = |version: &i64| tagged(shown(&master), *version);
    decide(&app.store, &case, word, || async {
        let known = app.store.load_fresh::<Master>(&key).await?;
        let mut change = case.change();
        let version = match known {
            None => {
                change.create(master.clone());
                1
            }
            Some(known) if !viewer.sees(&known.state) => return Err(not_yours()),
            Some(known) if known.state == master => known.version,
            Some(known) if known.state.revision >= revision => return Err(stale(known.state.revision).into()),
            Some(known) => {
                change.replace(&known, master.clone());
                known.version + 1
            }
        };
        Ok((change, version))
    })
    .await
}

fn not_yours() -> Error {
    Error::gate("access_denied", "This consumer may not write this record.")
}

fn stale(known: u64) -> Refused {
    Refused::new("stale_revision", format!("revision {known} is known already; only a newer one is taken"))
}

pub(super) async fn read(app: &App, call: &Call, kind: &'static str, id: &str) -> Result<Reply, Error> {
    let found = app.store.load::<Master>(&format!("{kind}:{id}")).await?;
    let found = Viewer::of(call).shown(kind, found)?;
    Reply::versioned(call, found.version, || view(&found.state))
}

pub(super) async fn list(app: &App, call: &Call, kind: &str, path: &str, page: &Page) -> Result<Reply, Error> {
    let of_region = if kind == "item" { Kind::Item } else { Kind::Master };
    let query = Query {
        statuses: vec![kind.to_owned()],
        bounds: Viewer::of(call).bounds(of_region),
        after: page.after(call, "")?,
        limit: page.limit()?,
        newest_first: true,
        ..Query::default()
    };
    Ok(listed(call, path, "", app.store.list::<Master>(&query).await?, view))
}

fn shown(master: &Master) -> Answer {
    answer(200, &view(master))
}

/// The record without the kind it is stored under.
fn view(master: &Master) -> Value {
    let mut record = serde_json::to_value(&master.record).expect("a record is plain data");
    if let Some(members) = record.as_object_mut() {
        members.shift_remove("kind");
    }
    serde_json::json!({ "revision": master.revision, "record": record })
}
